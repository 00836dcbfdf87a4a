// What a tenant sells, how it sells it, and when: shop, categories, products, variants, prices, options, times of day.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

/** The largest whole number that every client can hold exactly. */
const SAFE = '9007199254740991';

export const catalogue = sqlMigration('20261129-95-catalogue', [
  `create table commerce.shop (
    tenant_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    time_zone text not null,
    prices_include_tax boolean not null,
    tax_rate_ppm integer not null check (tax_rate_ppm between 0 and 1000000),
    hold_minutes integer not null check (hold_minutes between 1 and 1440),
    updated_at timestamptz(3) not null,
    primary key (tenant_id)
  )`,
  ...tenantTable('commerce', 'shop', 'select, insert, update'),

  `create table commerce.category (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (name <> ''),
    folded text collate "C" not null,
    archived_at timestamptz(3),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id)
  )`,
  `create unique index category_name on commerce.category (tenant_id, folded)`,
  ...tenantTable('commerce', 'category', 'select, insert, update'),

  `create table commerce.product (
    tenant_id uuid not null,
    id uuid not null,
    kind text not null check (kind in ('PRODUCT', 'MENU_ITEM', 'SERVICE', 'SOLUTION')),
    category_id uuid,
    name text not null check (name <> ''),
    folded text collate "C" not null,
    description text,
    features text[] not null,
    icon_url text,
    image_url text,
    allergens text[] not null,
    dietary_tags text[] not null,
    tax_rate_ppm integer check (tax_rate_ppm between 0 and 1000000),
    archived_at timestamptz(3),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, category_id) references commerce.category (tenant_id, id) on delete restrict
  )`,
  // A list is read in the order of names, of one kind or category or of all.
  `create index product_name on commerce.product (tenant_id, folded, id)`,
  `create index product_kind on commerce.product (tenant_id, kind, folded, id)`,
  `create index product_category on commerce.product (tenant_id, category_id, folded, id)`,
  ...tenantTable('commerce', 'product', 'select, insert, update'),

  `create table commerce.variant (
    tenant_id uuid not null,
    id uuid not null,
    product_id uuid not null,
    sku text not null check (sku <> ''),
    name text,
    options jsonb not null,
    tracks_inventory boolean not null,
    archived_at timestamptz(3),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, product_id) references commerce.product (tenant_id, id) on delete cascade
  )`,
  `create unique index variant_sku on commerce.variant (tenant_id, sku)`,
  `create index variant_product on commerce.variant (tenant_id, product_id, id)`,
  ...tenantTable('commerce', 'variant', 'select, insert, update'),

  `create table commerce.price (
    tenant_id uuid not null,
    variant_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    minor bigint not null check (minor between 0 and ${SAFE}),
    primary key (tenant_id, variant_id, currency),
    foreign key (tenant_id, variant_id) references commerce.variant (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'price', 'select, insert, delete'),

  `create table commerce.option_group (
    tenant_id uuid not null,
    id uuid not null,
    product_id uuid not null,
    name text not null check (name <> ''),
    least smallint not null,
    most smallint not null,
    place smallint not null,
    primary key (tenant_id, id),
    check (least >= 0 and most >= 1 and least <= most),
    foreign key (tenant_id, product_id) references commerce.product (tenant_id, id) on delete cascade
  )`,
  `create index option_group_product on commerce.option_group (tenant_id, product_id, place)`,
  ...tenantTable('commerce', 'option_group', 'select, insert, delete'),

  `create table commerce.option_choice (
    tenant_id uuid not null,
    id uuid not null,
    group_id uuid not null,
    name text not null check (name <> ''),
    place smallint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, group_id) references commerce.option_group (tenant_id, id) on delete cascade
  )`,
  `create index option_choice_group on commerce.option_choice (tenant_id, group_id, place)`,
  ...tenantTable('commerce', 'option_choice', 'select, insert, delete'),

  `create table commerce.option_delta (
    tenant_id uuid not null,
    choice_id uuid not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    minor bigint not null check (minor between -${SAFE} and ${SAFE}),
    primary key (tenant_id, choice_id, currency),
    foreign key (tenant_id, choice_id) references commerce.option_choice (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'option_delta', 'select, insert, delete'),

  // Half-open, in minutes of the day on the tenant's clock; one that crosses midnight is two.
  `create table commerce.product_window (
    tenant_id uuid not null,
    product_id uuid not null,
    weekday smallint not null check (weekday between 1 and 7),
    from_minute smallint not null check (from_minute between 0 and 1439),
    to_minute smallint not null check (to_minute between 1 and 1440),
    primary key (tenant_id, product_id, weekday, from_minute),
    check (from_minute < to_minute),
    foreign key (tenant_id, product_id) references commerce.product (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'product_window', 'select, insert, delete'),
]);
