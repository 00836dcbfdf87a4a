// What retention deletes, and nobody else may: requests of people have no statement that does.
import { TENANT_PREDICATE, appRole, permissionPredicate } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';
const TABLES = ['message', 'outbound', 'send_request', 'delivery_status', 'conversation', 'conversation_read', 'contact', 'contact_identity', 'webhook_delivery'];
/** A restrictive policy takes away: of what retention deletes, everybody else deletes nothing. */
const PURGING = permissionPredicate('retention:purge');

export const retention = sqlMigration('20261129-96-retention', [
  ...TABLES.flatMap((table) => [
    `grant delete on ${S}.${table} to ${appRole(S)}`,
    `create policy ${table}_retention on ${S}.${table} as restrictive for delete to ${appRole(S)} using (${PURGING})`,
  ]),
  // A request to send is its person's own, and goes with its message.
  `create policy send_request_purge_read on ${S}.send_request for select to ${appRole(S)} using (${TENANT_PREDICATE} and ${PURGING})`,
  `create policy send_request_purge on ${S}.send_request for delete to ${appRole(S)} using (${TENANT_PREDICATE} and ${PURGING})`,
  `create index send_request_message on ${S}.send_request (tenant_id, message_id)`,
]);
