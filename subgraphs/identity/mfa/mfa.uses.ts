// The log of second factors: when, how, what for, from where; every code that was judged, right or wrong.
import type { Selectable } from 'kysely';
import type { Actor } from '../../kernel/base/actor.js';
import { isUuid, newId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { USER_AGENT_MAX } from '../session/session.open.js';
import { db, type IdentityTables } from '../tables.js';
import type { CodeMethod, UseOutcome, UsePurpose } from './mfa.entity.js';

export type UseRow = Selectable<IdentityTables['MfaUse']>;

export interface Use {
  userId: string;
  method: CodeMethod;
  purpose: UsePurpose;
  outcome: UseOutcome;
}

/** Inside a transaction that sees the person's rows. */
export async function noteUse(tx: Tx, { ip, userAgent }: Actor, use: Use, now: Date): Promise<void> {
  await db(tx).insertInto('MfaUse')
    .values({ ...use, id: newId(), usedAt: now, ip, userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null }).execute();
}

/** The caller's own uses, newest first. */
export async function usesPage(context: OperationContext, { first, after }: PageArgs): Promise<Page<UseRow>> {
  const size = pageSize(first);
  const cursor = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]);
  const rows = await db(await context.read()).selectFrom('MfaUse').selectAll().where('userId', '=', context.userId)
    .$if(cursor !== null, (query) => query.where('id', '<', String(cursor?.[0])))
    .orderBy('id', 'desc').limit(size + 1).execute();
  return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
}
