// Batched reads of the catalogue: one statement for each kind of part, whatever the number of products.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { ProductImage, ProductKind, VariantOptionValue } from './product.entity.js';
import type { Amount } from './product.parts.js';

export interface ProductRow {
  id: string;
  kind: ProductKind;
  categoryId: string | null;
  name: string;
  folded: string;
  description: string | null;
  features: string[];
  iconUrl: string | null;
  imageUrl: string | null;
  images: ProductImage[];
  allergens: string[];
  dietaryTags: string[];
  taxRatePpm: number | null;
  archivedAt: Date | null;
  createdAt: Date;
}

export interface VariantRow {
  id: string;
  productId: string;
  sku: string;
  name: string | null;
  options: VariantOptionValue[];
  tracksInventory: boolean;
  archivedAt: Date | null;
  prices: Amount[];
}

export interface GroupRow {
  id: string;
  productId: string;
  name: string;
  least: number;
  most: number;
  choices: { id: string; name: string; deltas: Amount[] }[];
}

export const PRODUCT = sql.raw(`p.id, p.kind, p.category_id as "categoryId", p.name, p.folded, p.description, p.features, p.icon_url as "iconUrl", p.image_url as "imageUrl", p.images,
  p.allergens, p.dietary_tags as "dietaryTags", p.tax_rate_ppm as "taxRatePpm", p.archived_at as "archivedAt", p.created_at as "createdAt"`);
const VARIANT = sql.raw(`v.id, v.product_id as "productId", v.sku, v.name, v.options, v.tracks_inventory as "tracksInventory", v.archived_at as "archivedAt",
  (select coalesce(jsonb_agg(jsonb_build_object('currency', a.currency, 'minor', a.minor::text) order by a.currency), '[]') from commerce.price a where a.tenant_id = v.tenant_id and a.variant_id = v.id) as prices`);
const CHOICES = sql.raw(`(select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'deltas',
    (select coalesce(jsonb_agg(jsonb_build_object('currency', d.currency, 'minor', d.minor::text) order by d.currency), '[]') from commerce.option_delta d where d.tenant_id = c.tenant_id and d.choice_id = c.id)
  ) order by c.place), '[]') from commerce.option_choice c where c.tenant_id = g.tenant_id and c.group_id = g.id) as choices`);

export const productById = defineLoader<OperationContext, string, ProductRow>({
  name: 'product.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<ProductRow>`select ${PRODUCT} from commerce.product p where p.id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

export const variantById = defineLoader<OperationContext, string, VariantRow>({
  name: 'variant.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<VariantRow>`select ${VARIANT} from commerce.variant v where v.id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** In the order they were made in. */
export const variantsOf = defineLoader<OperationContext, string, VariantRow[]>({
  name: 'variant.ofProduct', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<VariantRow>`select ${VARIANT} from commerce.variant v where v.product_id = any (${[...ids]}::uuid[]) order by v.id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ productId }) => productId);
  },
});

/** In the order of the tenant. */
export const groupRows = async (tx: Tx, productIds: readonly string[]): Promise<GroupRow[]> => (await sql<GroupRow>`select g.id, g.product_id as "productId", g.name, g.least, g.most, ${CHOICES}
  from commerce.option_group g where g.product_id = any (${[...productIds]}::uuid[]) order by g.place`.execute(tx.getKysely())).rows;

export const groupsOfProduct = defineLoader<OperationContext, string, GroupRow[]>({
  name: 'optionGroup.ofProduct', keyOf: (key) => key,
  batch: async (context, ids) => Map.groupBy(await groupRows(await context.read(), ids), ({ productId }) => productId),
});

export interface WindowRow { productId: string; weekday: number; from: number; to: number }

export const windowsOfProduct = defineLoader<OperationContext, string, WindowRow[]>({
  name: 'productWindow.ofProduct', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<WindowRow>`select product_id as "productId", weekday, from_minute as "from", to_minute as "to"
      from commerce.product_window where product_id = any (${[...ids]}::uuid[]) order by weekday, from_minute`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ productId }) => productId);
  },
});
