// The first tables of commerce: customers, their contacts, orders.
import { kernelTables, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const first = sqlMigration('20261121-01-first', [
  ...kernelTables('commerce'),

  `create table commerce.customer (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (name <> ''),
    email text,
    phone text,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id)
  )`,
  ...tenantTable('commerce', 'customer', 'select, insert'),

  `create table commerce.customer_contact (
    tenant_id uuid not null,
    contact_id uuid not null,
    customer_id uuid not null,
    primary key (tenant_id, contact_id),
    foreign key (tenant_id, customer_id) references commerce.customer (tenant_id, id) on delete cascade
  )`,
  `create index customer_contact_customer on commerce.customer_contact (tenant_id, customer_id)`,
  ...tenantTable('commerce', 'customer_contact', 'select, insert, update'),

  `create table commerce.sales_order (
    tenant_id uuid not null,
    id uuid not null,
    customer_id uuid not null,
    number integer not null check (number > 0),
    fulfillment_status text not null
      check (fulfillment_status in ('PENDING', 'ACCEPTED', 'PREPARING', 'READY', 'FULFILLED', 'CANCELLED')),
    charge_status text not null check (charge_status in ('NONE', 'AUTHORIZED', 'CHARGED', 'REFUNDED')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    total_minor bigint not null check (total_minor >= 0),
    placed_at timestamptz(3) not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, number),
    foreign key (tenant_id, customer_id) references commerce.customer (tenant_id, id) on delete restrict
  )`,
  `create index sales_order_newest on commerce.sales_order (tenant_id, customer_id, placed_at desc, id desc)`,
  ...tenantTable('commerce', 'sales_order', 'select, insert'),
]);
