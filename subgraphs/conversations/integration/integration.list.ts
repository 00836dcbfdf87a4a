// The standing of every connection of a page in one statement. What is counted is bounded or was tallied as it happened.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { problemsOf, type IntegrationFacts, type IntegrationProblem } from './integration.problems.js';

/** Nobody decides by more, and counting ends here. */
const MOST = 1_000;
const DAY_MS = 86_400_000;
const NIL = '00000000-0000-0000-0000-000000000000';

export interface IntegrationRow extends IntegrationFacts {
  inboxId: string;
  problems: IntegrationProblem[];
}

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

const deliveries = (status: 'RECEIVED' | 'FAILED') => sql`(select count(*)::int from (select from conversations.webhook_delivery d
  where d.tenant_id = i.tenant_id and d.inbox_id = i.id and d.status = ${sql.lit(status)} limit ${sql.lit(MOST)}) few)`;

/** By id of the inbox. */
export async function listIntegrations(context: OperationContext, first?: number | null, after?: string | null): Promise<Page<IntegrationRow>> {
  const size = pageSize(first);
  const cursor = decodeCursor(after, [isUuidText]);
  const now = context.deps.clock.now();
  const { rows } = await sql<IntegrationFacts & { inboxId: string }>`
    select i.id as "inboxId", i.state, i.disabled_reason as "disabledReason", i.token_expires_at as "tokenExpiresAt", i.last_received_at as "lastReceivedAt",
      i.last_test_at as "lastTestAt", i.last_test_code as "lastTestCode", ${deliveries('RECEIVED')} as "waitingDeliveries", ${deliveries('FAILED')} as "failedDeliveries",
      (select coalesce(sum(f.failed), 0)::int from conversations.inbox_failure f
        where f.tenant_id = i.tenant_id and f.inbox_id = i.id and f.hour > ${new Date(now.getTime() - DAY_MS)}) as "failedMessages"
    from conversations.inbox i where i.tenant_id = ${context.tenantId}::uuid and i.state <> 'DELETED' and i.id > ${cursor ? String(cursor[0]) : NIL}::uuid
    order by i.id limit ${size + 1}`.execute((await context.read()).getKysely());
  return pageOf(rows.map((row) => ({ ...row, problems: problemsOf(row, now) })), size, after, (row) => encodeCursor([row.inboxId]));
}
