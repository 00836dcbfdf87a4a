// Every list of conversations is read along an index in its own order: by status, inbox, person in charge, priority, or who waits longest.
import { sqlMigration } from '../../kernel/data/migrate.js';

const T = 'conversations.conversation';
const NEWEST = 'last_activity_at desc, id desc';

export const lists = sqlMigration('20261130-51-lists', [
  // In order only for one status and one person at once.
  `drop index conversations.conversation_filtered`,
  `create index conversation_by_status on ${T} (tenant_id, status, ${NEWEST})`,
  `create index conversation_by_inbox on ${T} (tenant_id, inbox_id, status, ${NEWEST})`,
  `create index conversation_by_assignee on ${T} (tenant_id, assignee_id, status, ${NEWEST})`,
  `create index conversation_by_priority on ${T} (tenant_id, priority, ${NEWEST}) where priority is not null`,
  `create index conversation_waiting on ${T} (tenant_id, waiting_since, id) where waiting_since is not null`,
]);
