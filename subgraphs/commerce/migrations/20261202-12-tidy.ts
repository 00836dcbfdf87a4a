// What retention deletes of selling, and nobody else may; and what has its time by itself.
import { appRole, permissionPredicate } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';

export const tidying = sqlMigration('20261202-12-tidy', [
  ...['cart', 'payment_webhook'].flatMap((table) => [
    `grant delete on ${S}.${table} to ${appRole(S)}`,
    `create policy ${table}_retention on ${S}.${table} as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,
  ]),
  `create index cart_unplaced on ${S}.cart (tenant_id, id) where order_id is null`,
  `create index payment_webhook_done on ${S}.payment_webhook (tenant_id, id) where state <> 'RECEIVED'`,
  // A key of a request holds for a day.
  `create index request_old on ${S}.request (created_at)`,
]);
