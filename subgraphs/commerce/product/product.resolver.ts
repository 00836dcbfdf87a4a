// The catalogue: listed, read, made and changed.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { categoryById } from '../category/category.service.js';
import { CategoryType } from '../category/category.type.js';
import { moneyOf, MoneyType } from '../money/money.type.js';
import type { CommerceServices } from '../services.js';
import { MenuArgs, ProductCreateInput, ProductsArgs, ProductUpdateInput, VariantCreateInput, VariantUpdateInput } from './product.inputs.js';
import { listProducts, menuAt } from './product.list.js';
import { groupsOfProduct, productById, variantById, variantsOf, windowsOfProduct, type ProductRow, type VariantRow } from './product.loaders.js';
import type { Amount } from './product.parts.js';
import {
  OptionChoiceType, OptionGroupType, ProductConnection, ProductCreatePayload, ProductType, ProductUpdatePayload, ProductWindowType, VariantCreatePayload, VariantType, VariantUpdatePayload,
} from './product.type.js';

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

@Resolver(() => ProductType)
export class ProductResolver {
  constructor(private readonly services: CommerceServices) {}

  @Query(() => ProductConnection, { nullable: true, description: 'What your tenant sells, by name, then by id.' })
  products(@Args(() => ProductsArgs) args: ProductsArgs, @Ctx() context: OperationContext) {
    return listProducts(context, args);
  }

  @Query(() => ProductConnection, { nullable: true, description: 'The dishes that can be had at a moment, on the clock of the shop, by name, then by id.' })
  menu(@Args(() => MenuArgs) args: MenuArgs, @Ctx() context: OperationContext) {
    return menuAt(context, args);
  }

  @Query(() => ProductType, { nullable: true, description: 'One product of your tenant, put away or not; null when there is none with this id.' })
  product(@Arg('id', () => ID, { description: 'Id of a product, `prod_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(productById, inputId('prod', id, ['id']));
  }

  @Mutation(() => ProductCreatePayload, { nullable: true, description: 'Makes a product with its variants, options and windows.' })
  async productCreate(@Arg('input', () => ProductCreateInput, { description: 'What it is.' }) input: ProductCreateInput, @Ctx() context: OperationContext) {
    return { product: await context.load(productById, await this.services.products.create(context, input)), userErrors: [] };
  }

  @Mutation(() => ProductUpdatePayload, { nullable: true, description: 'Changes a product, puts it away or brings it back.' })
  async productUpdate(@Arg('input', () => ProductUpdateInput, { description: 'Which product, and what changes.' }) input: ProductUpdateInput, @Ctx() context: OperationContext) {
    const id = inputId('prod', input.productId, ['input', 'productId']);
    await this.services.products.update(context, id, input);
    return { product: await context.load(productById, id), userErrors: [] };
  }

  @Mutation(() => VariantCreatePayload, { nullable: true, description: 'Adds a variant to a product.' })
  async variantCreate(@Arg('input', () => VariantCreateInput, { description: 'Of which product, and what it is.' }) input: VariantCreateInput, @Ctx() context: OperationContext) {
    const id = await this.services.products.addVariant(context, inputId('prod', input.productId, ['input', 'productId']), input);
    return { variant: await context.load(variantById, id), userErrors: [] };
  }

  @Mutation(() => VariantUpdatePayload, { nullable: true, description: 'Changes a variant or its prices, puts it away or brings it back.' })
  async variantUpdate(@Arg('input', () => VariantUpdateInput, { description: 'Which variant, and what changes.' }) input: VariantUpdateInput, @Ctx() context: OperationContext) {
    const id = inputId('vrnt', input.variantId, ['input', 'variantId']);
    await this.services.products.updateVariant(context, id, input);
    return { variant: await context.load(variantById, id), userErrors: [] };
  }

  @FieldResolver(() => CategoryType, { nullable: true, description: 'Under which category it is found; null: none.' })
  category(@Root() { categoryId }: ProductRow, @Ctx() context: OperationContext) {
    return categoryId === null ? null : context.load(categoryById, categoryId);
  }

  @FieldResolver(() => [VariantType], { description: 'What is bought of it, in the order they were made in: 1 to 100, those that were put away too.' })
  async variants(@Root() { id }: ProductRow, @Ctx() context: OperationContext) {
    return (await context.load(variantsOf, id)) ?? [];
  }

  @FieldResolver(() => [OptionGroupType], { description: 'What may be chosen with it, in the order of the tenant: at most 20 groups.' })
  async optionGroups(@Root() { id }: ProductRow, @Ctx() context: OperationContext) {
    return (await context.load(groupsOfProduct, id)) ?? [];
  }

  @FieldResolver(() => [ProductWindowType], { description: 'When it is sold, by weekday and time: at most 50; none: always.' })
  async windows(@Root() { id }: ProductRow, @Ctx() context: OperationContext) {
    return ((await context.load(windowsOfProduct, id)) ?? []).map(({ weekday, from, to }) => ({ weekday, from: clock(from), to: clock(to) }));
  }
}

@Resolver(() => VariantType)
export class VariantResolver {
  @FieldResolver(() => ProductType, { nullable: true, description: 'The product it is of.' })
  product(@Root() { productId }: VariantRow, @Ctx() context: OperationContext) {
    return context.load(productById, productId);
  }

  @FieldResolver(() => [MoneyType], { description: 'What one of it costs in each currency it is sold in, by currency: at most 20. Without what is chosen with it.' })
  prices(@Root() { prices }: VariantRow) {
    return prices.map(({ minor, currency }) => moneyOf(minor, currency));
  }
}

@Resolver(() => OptionChoiceType)
export class OptionChoiceResolver {
  @FieldResolver(() => [MoneyType], { description: 'What it adds to the price of one, by currency: at most 20. Nothing in currencies that are not here.' })
  deltas(@Root() { deltas }: { deltas: Amount[] }) {
    return deltas.map(({ minor, currency }) => moneyOf(minor, currency));
  }
}
