// What a tenant sells, and the variants of it that are bought.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const PRODUCT_KINDS = ['PRODUCT', 'MENU_ITEM', 'SERVICE', 'SOLUTION'] as const;
export type ProductKind = (typeof PRODUCT_KINDS)[number];

/** `alt`: what it shows, for those who do not see it. */
export interface ProductImage { url: string; alt: string | null }

export const Product = defineEntity({
  name: 'Product', tableName: 'product', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    kind: p.text().$type<ProductKind>(),
    categoryId: p.uuid().nullable(),
    name: p.text(),
    /** What it is sorted and sought by. */
    folded: p.text(),
    description: p.text().nullable(),
    features: p.array(),
    iconUrl: p.text().nullable(),
    imageUrl: p.text().nullable(),
    images: p.json().$type<ProductImage[]>(),
    allergens: p.array(),
    dietaryTags: p.array(),
    /** Millionths; null: the shop's. */
    taxRatePpm: p.integer().nullable(),
    archivedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});

export interface VariantOptionValue { name: string; value: string }

export const Variant = defineEntity({
  name: 'Variant', tableName: 'variant', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    productId: p.uuid(),
    /** Unique in the tenant. */
    sku: p.text(),
    name: p.text().nullable(),
    options: p.json().$type<VariantOptionValue[]>(),
    tracksInventory: p.boolean(),
    archivedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
