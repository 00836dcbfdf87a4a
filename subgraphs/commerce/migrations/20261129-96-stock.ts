// Stock: what there is, what of it is promised to orders, and every move of it; and the keys by which requests are told apart.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const stock = sqlMigration('20261129-96-stock', [
  `create table commerce.request (
    tenant_id uuid not null,
    actor_id uuid not null,
    idempotency_key text not null,
    request_hash text not null,
    result_id uuid not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, actor_id, idempotency_key)
  )`,
  ...tenantTable('commerce', 'request', 'select, insert'),

  // Whatever code asks for, nothing is promised that is not there.
  `create table commerce.stock (
    tenant_id uuid not null,
    variant_id uuid not null,
    on_hand bigint not null check (on_hand <= 1000000000),
    reserved bigint not null,
    primary key (tenant_id, variant_id),
    constraint stock_not_oversold check (reserved between 0 and on_hand),
    foreign key (tenant_id, variant_id) references commerce.variant (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'stock', 'select, insert, update'),

  `create table commerce.stock_movement (
    tenant_id uuid not null,
    id uuid not null,
    variant_id uuid not null,
    kind text not null check (kind in ('ADJUSTED', 'RESERVED', 'RELEASED', 'SOLD', 'RETURNED')),
    on_hand_change bigint not null,
    reserved_change bigint not null,
    order_id uuid,
    actor_id uuid,
    reason text,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    check ((kind = 'ADJUSTED') = (order_id is null)),
    foreign key (tenant_id, variant_id) references commerce.stock (tenant_id, variant_id) on delete cascade
  )`,
  `create index stock_movement_variant on commerce.stock_movement (tenant_id, variant_id, id desc)`,
  // Nobody changes or deletes what was moved.
  ...tenantTable('commerce', 'stock_movement', 'select, insert'),

  `create table commerce.stock_reservation (
    tenant_id uuid not null,
    order_id uuid not null,
    variant_id uuid not null,
    quantity bigint not null check (quantity > 0),
    state text not null check (state in ('HELD', 'SOLD', 'RELEASED', 'RETURNED')),
    expires_at timestamptz(3) not null,
    primary key (tenant_id, order_id, variant_id),
    foreign key (tenant_id, variant_id) references commerce.stock (tenant_id, variant_id) on delete cascade
  )`,
  `create index stock_reservation_held on commerce.stock_reservation (tenant_id, variant_id, expires_at) where state = 'HELD'`,
  ...tenantTable('commerce', 'stock_reservation', 'select, insert, update'),
]);
