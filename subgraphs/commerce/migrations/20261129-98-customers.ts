// Customers that are kept by hand: addresses, tags, and links that can be undone.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const customers = sqlMigration('20261129-98-customers', [
  `alter table commerce.customer add column addresses jsonb not null default '[]'`,
  `create index customer_email on commerce.customer (tenant_id, email, id desc)`,
  `create index customer_phone on commerce.customer (tenant_id, phone, id desc)`,
  `grant update (name, email, phone, addresses) on commerce.customer to switchboard_commerce`,
  `grant delete on commerce.customer_contact to switchboard_commerce`,

  `create table commerce.customer_tag (
    tenant_id uuid not null,
    customer_id uuid not null,
    tag text not null check (tag <> ''),
    primary key (tenant_id, customer_id, tag),
    foreign key (tenant_id, customer_id) references commerce.customer (tenant_id, id) on delete cascade
  )`,
  `create index customer_tag_customers on commerce.customer_tag (tenant_id, tag, customer_id desc)`,
  ...tenantTable('commerce', 'customer_tag', 'select, insert, delete'),
]);
