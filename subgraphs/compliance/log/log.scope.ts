// Whose stream an actor reads: that of their tenant, or the platform's for its administrators.
import { sql } from 'kysely';
import { forbidden } from '../../kernel/base/errors.js';
import type { Tx } from '../../kernel/data/database.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { PLATFORM_PERMISSION } from '../permissions.js';
import { PLATFORM_STREAM, streamOf } from './stream.js';

/** @throws FORBIDDEN for an actor of no tenant who does not administer the platform */
export function streamFor({ actor }: OperationContext): string {
  if (actor.tenant === null && !actor.permissions.includes(PLATFORM_PERMISSION)) throw forbidden(PLATFORM_PERMISSION);
  return streamOf(actor.tenant);
}

/** Shows an open transaction the log of the platform; that of a tenant it sees already. */
export async function enterStream(tx: Tx, stream: string): Promise<void> {
  if (stream === PLATFORM_STREAM) await sql`select set_config('app.tenant_id', ${stream}, true)`.execute(tx.getKysely());
}
