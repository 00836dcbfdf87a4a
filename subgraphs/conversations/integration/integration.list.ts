// The standing of every connection of a page in two statements. What is counted is bounded or was tallied as it happened.
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
  /** Of the inbox or of the integration of the tenant's own. */
  id: string;
  problems: IntegrationProblem[];
}

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

const deliveries = (status: 'RECEIVED' | 'FAILED') => sql`(select count(*)::int from (select from conversations.webhook_delivery d
  where d.tenant_id = i.tenant_id and d.inbox_id = i.id and d.status = ${sql.lit(status)} limit ${sql.lit(MOST)}) few)`;

/** By id, whatever they are. */
export async function listIntegrations(context: OperationContext, first?: number | null, after?: string | null): Promise<Page<IntegrationRow>> {
  const size = pageSize(first);
  const cursor = decodeCursor(after, [isUuidText]);
  const beyond = cursor ? String(cursor[0]) : NIL;
  const now = context.deps.clock.now();
  const tx = (await context.read()).getKysely();
  const { rows: inboxes } = await sql<IntegrationFacts & { id: string }>`
    select i.id, 'INBOX' as kind, i.state, i.disabled_reason as "disabledReason", i.token_expires_at as "tokenExpiresAt", i.last_received_at as "lastReceivedAt",
      i.last_test_at as "lastTestAt", i.last_test_code as "lastTestCode", ${deliveries('RECEIVED')} as "waitingDeliveries", ${deliveries('FAILED')} as "failedDeliveries",
      (select coalesce(sum(f.failed), 0)::int from conversations.inbox_failure f
        where f.tenant_id = i.tenant_id and f.inbox_id = i.id and f.hour > ${new Date(now.getTime() - DAY_MS)}) as "failedMessages", 0 as failures
    from conversations.inbox i where i.tenant_id = ${context.tenantId}::uuid and i.state <> 'DELETED' and i.id > ${beyond}::uuid
    order by i.id limit ${size + 1}`.execute(tx);
  const { rows: own } = await sql<IntegrationFacts & { id: string }>`
    select i.id, 'CUSTOM' as kind, i.state, case i.state when 'DISABLED' then 'MANUAL' end as "disabledReason", null::timestamptz as "tokenExpiresAt", i.last_answered_at as "lastReceivedAt",
      i.last_test_at as "lastTestAt", i.last_test_code as "lastTestCode", 0 as "waitingDeliveries", 0 as "failedDeliveries", 0 as "failedMessages", i.failures
    from conversations.custom_integration i where i.tenant_id = ${context.tenantId}::uuid and i.id > ${beyond}::uuid
    order by i.id limit ${size + 1}`.execute(tx);
  const rows = [...inboxes, ...own].toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, size + 1);
  return pageOf(rows.map((row) => ({ ...row, problems: problemsOf(row, now) })), size, after, (row) => encodeCursor([row.id]));
}
