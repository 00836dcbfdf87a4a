// A delivery that is read again waits from then; what an inbox was delivered is listed by itself; who leaves is taken off what is resolved, too.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const waiting = sqlMigration('20261130-63-waiting', [
  // What waits at this moment waits from now on.
  `alter table ${S}.webhook_delivery add column waiting_since timestamptz(3) not null default now()`,
  `drop index ${S}.webhook_delivery_waiting`,
  `create index webhook_delivery_waiting on ${S}.webhook_delivery (waiting_since) where status = 'RECEIVED'`,
  // Beside those of what failed and what waits: these are counted for each inbox, among however many that were read.
  `create index webhook_delivery_inbox on ${S}.webhook_delivery (tenant_id, inbox_id, id)`,
  `drop index ${S}.conversation_assigned`,
  `create index conversation_assigned on ${S}.conversation (tenant_id, assignee_id, id) where assignee_id is not null`,
]);
