// Platform people: their identity rows live in a tenant of their own, which no actor, event or audit record ever names.
import { sql } from 'kysely';
import type { Actor } from '../kernel/base/actor.js';
import type { Tx } from '../kernel/data/database.js';
import { scopeStatement } from '../kernel/data/scope.js';
import type { OperationContext } from '../kernel/graphql/context.js';

/** Tenant id of the rows of platform people and of the platform's own secrets. */
export const PLATFORM_TENANT_ID = '00000000-0000-7000-8000-000000000001';

/** Tenant of an actor's identity rows. */
export const homeOf = (actor: Actor): string => actor.tenant ?? PLATFORM_TENANT_ID;

/** The tenant of a home as actors and audit name it: the platform is none. */
export const tenantOf = (home: string): string | null => (home === PLATFORM_TENANT_ID ? null : home);

/** Shows an open transaction the rows of `home` (and of `user`) until it ends, whatever scope it began with. */
export async function enterHome(tx: Tx, home: string, user: string | null, permissions: readonly string[] = []): Promise<void> {
  await sql.raw(scopeStatement({ tenant: home, user, permissions })).execute(tx.getKysely());
}

/** Runs `work` seeing the rows of `home` (and of `user`); afterwards the transaction sees what it saw before. */
export async function inHome<T>(tx: Tx, home: string, user: string | null, work: () => Promise<T>, permissions: readonly string[] = []): Promise<T> {
  const { rows: [before] } = await sql<Record<'tenant' | 'person' | 'permissions', string>>`select coalesce(current_setting('app.tenant_id', true), '') as tenant,
    coalesce(current_setting('app.user_id', true), '') as person, coalesce(current_setting('app.permissions', true), '') as permissions`.execute(tx.getKysely());
  await enterHome(tx, home, user, permissions);
  const result = await work();
  // Not in a `finally`: a failed statement has ended the transaction, and whatever else failed rolls it back.
  await sql`select set_config('app.tenant_id', ${before?.tenant ?? ''}, true), set_config('app.user_id', ${before?.person ?? ''}, true),
    set_config('app.permissions', ${before?.permissions ?? ''}, true)`.execute(tx.getKysely());
  return result;
}

/** The operation's read transaction, seeing the actor's own identity rows. */
export async function readHome(context: OperationContext): Promise<Tx> {
  const tx = await context.read();
  if (context.actor.kind === 'user' && context.actor.tenant === null) await enterHome(tx, PLATFORM_TENANT_ID, context.actor.sub, context.actor.permissions);
  return tx;
}
