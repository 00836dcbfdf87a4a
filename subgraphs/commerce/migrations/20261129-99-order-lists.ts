// Lists of orders: all of a tenant, or those in one state, newest first.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const orderLists = sqlMigration('20261129-99-order-lists', [
  `create index sales_order_all on commerce.sales_order (tenant_id, placed_at desc, id desc)`,
  `create index sales_order_state on commerce.sales_order (tenant_id, fulfillment_status, placed_at desc, id desc)`,
]);
