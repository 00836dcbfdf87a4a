// From a cart to an order: vouchers, carts, what was bought, and every step of it.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const SAFE = '9007199254740991';
const minor = (name: string): string => `${name} bigint not null check (${name} between 0 and ${SAFE})`;

export const selling = sqlMigration('20261129-97-selling', [
  // Whatever code asks for, a voucher is taken as often as it says and no more.
  `create table commerce.voucher (
    tenant_id uuid not null,
    id uuid not null,
    code text not null check (code <> ''),
    percent_ppm integer check (percent_ppm between 1 and 1000000),
    minor bigint check (minor between 1 and ${SAFE}),
    currency text check (currency ~ '^[A-Z]{3}$'),
    starts_at timestamptz(3),
    ends_at timestamptz(3),
    most_uses integer check (most_uses > 0),
    most_uses_each integer check (most_uses_each > 0),
    used integer not null default 0,
    archived_at timestamptz(3),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    check ((percent_ppm is null) <> (minor is null) and (minor is null) = (currency is null)),
    check (starts_at < ends_at),
    constraint voucher_not_overused check (used >= 0 and used <= most_uses)
  )`,
  `create unique index voucher_code on commerce.voucher (tenant_id, code)`,
  ...tenantTable('commerce', 'voucher', 'select, insert, update'),

  `create table commerce.voucher_customer (
    tenant_id uuid not null,
    voucher_id uuid not null,
    customer_id uuid not null,
    used integer not null check (used >= 0),
    primary key (tenant_id, voucher_id, customer_id),
    foreign key (tenant_id, voucher_id) references commerce.voucher (tenant_id, id) on delete cascade,
    foreign key (tenant_id, customer_id) references commerce.customer (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'voucher_customer', 'select, insert, update'),

  `create table commerce.cart (
    tenant_id uuid not null,
    id uuid not null,
    customer_id uuid,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    fulfillment text not null check (fulfillment in ('DELIVERY', 'PICKUP', 'DINE_IN')),
    address text,
    note text,
    ${minor('tip_minor')},
    voucher_id uuid,
    version integer not null,
    size integer not null,
    order_id uuid,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    primary key (tenant_id, id),
    constraint cart_size check (size between 0 and 50),
    foreign key (tenant_id, customer_id) references commerce.customer (tenant_id, id) on delete cascade,
    foreign key (tenant_id, voucher_id) references commerce.voucher (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'cart', 'select, insert, update'),

  `create table commerce.cart_line (
    tenant_id uuid not null,
    id uuid not null,
    cart_id uuid not null,
    variant_id uuid not null,
    quantity integer not null check (quantity between 1 and 999),
    choice_ids uuid[] not null,
    note text,
    primary key (tenant_id, id),
    foreign key (tenant_id, cart_id) references commerce.cart (tenant_id, id) on delete cascade,
    foreign key (tenant_id, variant_id) references commerce.variant (tenant_id, id) on delete cascade
  )`,
  `create index cart_line_cart on commerce.cart_line (tenant_id, cart_id, id)`,
  ...tenantTable('commerce', 'cart_line', 'select, insert, update, delete'),

  // The states of issue: words of before become those of now.
  `alter table commerce.sales_order no force row level security`,
  `alter table commerce.sales_order drop constraint sales_order_fulfillment_status_check`,
  `alter table commerce.sales_order drop constraint sales_order_charge_status_check`,
  `alter table commerce.sales_order
    add column refund_status text not null default 'NONE' check (refund_status in ('NONE', 'PARTIAL', 'FULL')),
    add column cart_id uuid, add column fulfillment text check (fulfillment in ('DELIVERY', 'PICKUP', 'DINE_IN')), add column address text, add column note text,
    add column prices_include_tax boolean not null default true,
    add column subtotal_minor bigint check (subtotal_minor >= 0),
    add column discount_minor bigint not null default 0 check (discount_minor between 0 and ${SAFE}),
    add column tax_minor bigint not null default 0 check (tax_minor between 0 and ${SAFE}),
    add column tip_minor bigint not null default 0 check (tip_minor between 0 and ${SAFE}),
    add column voucher_id uuid, add column voucher_code text, add column expires_at timestamptz(3)`,
  `update commerce.sales_order set refund_status = case charge_status when 'REFUNDED' then 'FULL' else 'NONE' end,
    charge_status = case charge_status when 'CHARGED' then 'FULL' when 'REFUNDED' then 'FULL' else 'NONE' end,
    fulfillment_status = case fulfillment_status when 'PENDING' then 'PLACED' when 'FULFILLED' then 'COMPLETED' when 'CANCELLED' then 'CANCELED' else fulfillment_status end,
    subtotal_minor = total_minor`,
  `alter table commerce.sales_order alter column subtotal_minor set not null,
    add check (fulfillment_status in ('PLACED', 'ACCEPTED', 'PREPARING', 'READY', 'OUT_FOR_DELIVERY', 'COMPLETED', 'CANCELED', 'REJECTED', 'EXPIRED')),
    add check (charge_status in ('NONE', 'PARTIAL', 'FULL', 'OVERCHARGED'))`,
  `create unique index sales_order_cart on commerce.sales_order (tenant_id, cart_id) where cart_id is not null`,
  `grant update (fulfillment_status, charge_status, refund_status, expires_at) on commerce.sales_order to switchboard_commerce`,

  `create table commerce.order_line (
    tenant_id uuid not null,
    id uuid not null,
    order_id uuid not null,
    product_id uuid not null,
    variant_id uuid not null,
    sku text not null,
    name text not null,
    variant_name text,
    quantity integer not null check (quantity between 1 and 999),
    ${minor('unit_minor')},
    choices jsonb not null,
    note text,
    tax_rate_ppm integer not null check (tax_rate_ppm between 0 and 1000000),
    ${minor('discount_minor')},
    ${minor('tax_minor')},
    ${minor('total_minor')},
    primary key (tenant_id, id),
    foreign key (tenant_id, order_id) references commerce.sales_order (tenant_id, id) on delete cascade
  )`,
  `create index order_line_order on commerce.order_line (tenant_id, order_id, id)`,
  // What was bought stays as it was bought.
  ...tenantTable('commerce', 'order_line', 'select, insert'),

  `create table commerce.order_event (
    tenant_id uuid not null,
    order_id uuid not null,
    seq smallint not null,
    from_status text not null,
    to_status text not null,
    reason text,
    actor_id uuid,
    created_at timestamptz(3) not null,
    primary key (tenant_id, order_id, seq),
    foreign key (tenant_id, order_id) references commerce.sales_order (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'order_event', 'select, insert'),

  `create table commerce.order_counter (
    tenant_id uuid not null,
    last integer not null check (last > 0),
    primary key (tenant_id)
  )`,
  ...tenantTable('commerce', 'order_counter', 'select, insert, update'),

  `create table commerce.customer_value (
    tenant_id uuid not null,
    customer_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    orders integer not null check (orders > 0),
    minor bigint not null check (minor >= 0),
    primary key (tenant_id, customer_id, currency),
    foreign key (tenant_id, customer_id) references commerce.customer (tenant_id, id) on delete cascade
  )`,
  `insert into commerce.customer_value (tenant_id, customer_id, currency, orders, minor)
    select tenant_id, customer_id, currency, count(*), sum(total_minor) from commerce.sales_order where fulfillment_status = 'COMPLETED' group by 1, 2, 3`,
  `alter table commerce.sales_order force row level security`,
  ...tenantTable('commerce', 'customer_value', 'select, insert, update'),
]);
