// Finds the open conversations of one person, who may leave.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const assigned = sqlMigration('20261125-21-assigned', [
  `create index conversation_assigned on conversations.conversation (tenant_id, assignee_id, id) where assignee_id is not null and status <> 'RESOLVED'`,
]);
