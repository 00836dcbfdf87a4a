// Whose turn it is among tenants: a message goes after as many of every other tenant's as its own tenant had waiting before it.
import { sql, type RawBuilder } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { OutboundQueued } from '../events.js';
import { db } from '../tables.js';

/** Beyond so many, those of one tenant wait in the order in which they came. */
const COUNTED = 200;

/** How many messages of a tenant wait, counted no further than that. */
export const waitingOf = (tenant: RawBuilder<unknown>): RawBuilder<number> => sql<number>`(select count(*) from (select from conversations.outbound waiting
  where waiting.tenant_id = ${tenant} and waiting.state in ('INTENT', 'ATTEMPTED', 'RETRY') limit ${sql.lit(COUNTED)}) as few)::int`;

/** A job has done its share of a conversation: what is due there still is another job, behind those of others. */
export async function queueRest(unit: UnitOfWork, tenantId: string, conversationId: string): Promise<void> {
  const next = await db(unit.tx).selectFrom('Outbound').select(['messageId', 'nextAttemptAt', waitingOf(sql`${tenantId}::uuid`).as('rank')]).where('conversationId', '=', conversationId)
    .where('state', 'in', ['INTENT', 'RETRY']).orderBy('seq').limit(1).executeTakeFirst();
  if (next && next.nextAttemptAt <= unit.now) unit.emit(OutboundQueued, { messageId: next.messageId, conversationId, rank: next.rank });
}
