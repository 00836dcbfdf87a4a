// Orders that were made where we could not be asked, e.g. at a till that was offline; and stock that was sold although it was promised.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const orderImport = sqlMigration('20261202-32-order-import', [
  // What is gone is gone. How many more are promised than there are is written down, so that nothing else can promise them: only an import raises it.
  `alter table commerce.stock add column sold_short bigint not null default 0 check (sold_short >= 0)`,
  `alter table commerce.stock drop constraint stock_not_oversold`,
  `alter table commerce.stock add constraint stock_not_oversold check (reserved between 0 and on_hand + sold_short)`,

  // The order is written in the same transaction, after whoever brought it has the name.
  `create table commerce.order_import (
    tenant_id uuid not null,
    source text not null check (source <> ''),
    external_id text not null check (external_id <> ''),
    order_id uuid not null,
    request_hash text not null,
    imported_at timestamptz(3) not null,
    primary key (tenant_id, source, external_id),
    foreign key (tenant_id, order_id) references commerce.sales_order (tenant_id, id) on delete cascade deferrable initially deferred
  )`,
  `create unique index order_import_order on commerce.order_import (tenant_id, order_id)`,
  ...tenantTable('commerce', 'order_import', 'select, insert'),

  // Whoever bought at a till without saying who they are: one of each source.
  `create table commerce.walk_in (
    tenant_id uuid not null,
    source text not null check (source <> ''),
    customer_id uuid not null,
    primary key (tenant_id, source),
    foreign key (tenant_id, customer_id) references commerce.customer (tenant_id, id) on delete cascade deferrable initially deferred
  )`,
  `create index walk_in_customer on commerce.walk_in (tenant_id, customer_id)`,
  ...tenantTable('commerce', 'walk_in', 'select, insert'),
]);
