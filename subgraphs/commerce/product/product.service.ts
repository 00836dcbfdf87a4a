// Products and variants: made, changed, put away; never deleted, for orders name them.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { unlessTaken } from '../../kernel/data/scarce.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { holdCategory } from '../category/category.service.js';
import { foldedOf, lineOf, linesOf, textOf, webAddressOf, wholeOf } from '../given.js';
import { MOST_PPM } from '../shop/shop.service.js';
import { db } from '../tables.js';
import type { ProductImage, VariantOptionValue } from './product.entity.js';
import { imagesOf } from './product.images.js';
import type { ProductCreateInput, ProductUpdateInput, VariantCreateInput, VariantUpdateInput } from './product.inputs.js';
import {
  groupsOf, optionsOf, pricesOf, replaceGroups, replaceWindows, skuOf, variantNameOf, variantOf, windowsOf, writePrices, writeVariants,
} from './product.parts.js';

const MOST_VARIANTS = 100;
const PRODUCT = ['input', 'productId'];
const VARIANT = ['input', 'variantId'];
export const noProduct = (field: readonly string[] = PRODUCT): Refusal => new Refusal('ProductNotFound', ErrorCode.NOT_FOUND, 'There is no such product in your tenant.', field);
export const noVariant = (field: readonly string[] = VARIANT): Refusal => new Refusal('VariantNotFound', ErrorCode.NOT_FOUND, 'There is no such variant in your tenant.', field);

type Described = Omit<ProductUpdateInput, 'productId' | 'archived' | 'optionGroups' | 'windows'>;

/** The columns of what is given; what is absent is not among them. @throws Refusal InputInvalid */
function columnsOf(input: Described) {
  const path = (name: string): string[] => ['input', name];
  return {
    ...(typeof input.name === 'string' ? { name: lineOf(input.name, path('name'), 200) } : {}),
    ...(input.description === undefined ? {} : { description: textOf(input.description, path('description'), 5_000) }),
    ...(input.features ? { features: linesOf(input.features, path('features'), { most: 20, length: 200 }) } : {}),
    ...(input.iconUrl === undefined ? {} : { iconUrl: webAddressOf(input.iconUrl, path('iconUrl')) }),
    ...(input.imageUrl === undefined ? {} : { imageUrl: webAddressOf(input.imageUrl, path('imageUrl')) }),
    ...(input.images ? { images: sql<ProductImage[]>`${JSON.stringify(imagesOf(input.images, path('images')))}::jsonb` } : {}),
    ...(input.allergens ? { allergens: [...new Set<string>(input.allergens)] } : {}),
    ...(input.dietaryTags ? { dietaryTags: [...new Set<string>(input.dietaryTags)] } : {}),
    ...(input.taxRatePpm === undefined ? {} : { taxRatePpm: input.taxRatePpm === null ? null : wholeOf(input.taxRatePpm, path('taxRatePpm'), 0, MOST_PPM) }),
    ...(input.categoryId === undefined ? {} : { categoryId: input.categoryId === null ? null : inputId('ctg', input.categoryId, path('categoryId')) }),
  };
}

export class ProductService {
  /** @throws Refusal InputInvalid, CategoryNotFound, SkuTaken */
  create(context: OperationContext, input: ProductCreateInput): Promise<string> {
    const { tenantId } = context;
    const given = columnsOf(input);
    const variants = input.variants.map((variant) => variantOf(variant, ['input', 'variants']));
    if (variants.length === 0 || variants.length > MOST_VARIANTS) throw invalidInput(`A product has 1 to ${MOST_VARIANTS} variants.`, ['input', 'variants']);
    const groups = groupsOf(input.optionGroups ?? [], ['input', 'optionGroups']);
    const windows = windowsOf(input.windows ?? [], ['input', 'windows']);
    const name = lineOf(input.name, ['input', 'name'], 200);
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Product', id } };
      if (given.categoryId) await holdCategory(unit, given.categoryId, ['input', 'categoryId']);
      await db(unit.tx).insertInto('Product').values({
        tenantId, id, kind: input.kind, categoryId: null, description: null, features: [], iconUrl: null, imageUrl: null, images: sql<ProductImage[]>`'[]'::jsonb`, allergens: [], dietaryTags: [], taxRatePpm: null,
        archivedAt: null, createdAt: unit.now, ...given, name, folded: foldedOf(name),
      }).execute();
      await skus(['input', 'variants', 'sku'], () => writeVariants(unit, tenantId, id, variants));
      await replaceGroups(unit, tenantId, id, groups);
      await replaceWindows(unit, tenantId, id, windows);
      audit.draft = { ...audit.draft, after: { kind: input.kind, name, variants: variants.length } };
      return id;
    });
  }

  /** @throws Refusal ProductNotFound, InputInvalid, CategoryNotFound */
  update(context: OperationContext, id: string, input: ProductUpdateInput): Promise<void> {
    const { tenantId } = context;
    const given = columnsOf(input);
    const groups = input.optionGroups ? groupsOf(input.optionGroups, ['input', 'optionGroups']) : null;
    const windows = input.windows ? windowsOf(input.windows, ['input', 'windows']) : null;
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Product', id } };
      const before = await holdProduct(unit, id);
      if (given.categoryId) await holdCategory(unit, given.categoryId, ['input', 'categoryId']);
      const archivedAt = archivedOf(input.archived, before.archivedAt, unit.now);
      const name = given.name ?? before.name;
      await db(unit.tx).updateTable('Product').set({ ...given, folded: foldedOf(name), archivedAt }).where('id', '=', id).execute();
      if (groups) await replaceGroups(unit, tenantId, id, groups);
      if (windows) await replaceWindows(unit, tenantId, id, windows);
      const fields = [...Object.keys(given), ...(groups ? ['optionGroups'] : []), ...(windows ? ['windows'] : [])].toSorted();
      audit.draft = { ...audit.draft, before: { name: before.name, archived: before.archivedAt !== null }, after: { name, archived: archivedAt !== null, fields } };
    });
  }

  /** @throws Refusal ProductNotFound, InputInvalid, SkuTaken */
  addVariant(context: OperationContext, productId: string, input: VariantCreateInput): Promise<string> {
    const { tenantId } = context;
    const variant = variantOf(input, ['input']);
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Variant', id: variant.id } };
      await holdProduct(unit, productId);
      const { rows } = await sql`select from commerce.variant where product_id = ${productId}::uuid limit ${MOST_VARIANTS}`.execute(unit.tx.getKysely());
      if (rows.length >= MOST_VARIANTS) throw invalidInput(`A product has at most ${MOST_VARIANTS} variants.`, PRODUCT);
      await skus(['input', 'sku'], () => writeVariants(unit, tenantId, productId, [variant]));
      audit.draft = { ...audit.draft, after: { product: encodeId('prod', productId), sku: variant.sku } };
      return variant.id;
    });
  }

  /** @throws Refusal VariantNotFound, InputInvalid, SkuTaken */
  updateVariant(context: OperationContext, id: string, input: VariantUpdateInput): Promise<void> {
    const { tenantId } = context;
    const given = {
      ...(typeof input.sku === 'string' ? { sku: skuOf(input.sku, ['input', 'sku']) } : {}),
      ...(input.name === undefined ? {} : { name: variantNameOf(input.name, ['input', 'name']) }),
      ...(input.options ? { options: sql<VariantOptionValue[]>`${JSON.stringify(optionsOf(input.options, ['input', 'options']))}::jsonb` } : {}),
      ...(typeof input.tracksInventory === 'boolean' ? { tracksInventory: input.tracksInventory } : {}),
    };
    const prices = input.prices ? pricesOf(input.prices, ['input', 'prices']) : null;
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Variant', id } };
      const before = await db(unit.tx).selectFrom('Variant').select(['sku', 'archivedAt']).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!before) throw noVariant();
      const archivedAt = archivedOf(input.archived, before.archivedAt, unit.now);
      await skus(['input', 'sku'], () => db(unit.tx).updateTable('Variant').set({ ...given, archivedAt }).where('id', '=', id).execute());
      if (prices) {
        await sql`delete from commerce.price where variant_id = ${id}::uuid`.execute(unit.tx.getKysely());
        await writePrices(unit, tenantId, prices.map((price) => ({ variantId: id, ...price })));
      }
      const fields = [...Object.keys(given), ...(prices ? ['prices'] : [])].toSorted();
      audit.draft = {
        ...audit.draft, before: { sku: before.sku, archived: before.archivedAt !== null }, after: { sku: given.sku ?? before.sku, archived: archivedAt !== null, fields },
      };
    });
  }
}

/** @throws Refusal ProductNotFound */
async function holdProduct({ tx }: UnitOfWork, id: string): Promise<{ name: string; archivedAt: Date | null }> {
  const held = await db(tx).selectFrom('Product').select(['name', 'archivedAt']).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!held) throw noProduct();
  return held;
}

const archivedOf = (archived: boolean | null | undefined, before: Date | null, now: Date): Date | null =>
  (typeof archived === 'boolean' ? (archived ? before ?? now : null) : before);

const skus = (field: readonly string[], write: () => Promise<unknown>): Promise<unknown> =>
  unlessTaken('variant_sku', write, () => new Refusal('SkuTaken', ErrorCode.NAME_TAKEN, 'Another variant has this SKU.', field));
