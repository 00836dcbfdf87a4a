// The GraphQL face of products and their variants.
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { Allergen, DietaryTag, ProductKindEnum } from './product.enums.js';
import type { ProductKind } from './product.entity.js';

@ObjectType({ description: 'One property of a variant, e.g. size: L.' })
export class VariantOption {
  @Field(() => String, { description: 'The property.' })
  name!: string;

  @Field(() => String, { description: 'What it is of this variant.' })
  value!: string;
}

@ObjectType('ProductImage', { description: 'A picture of a product.' })
export class ProductImageType {
  @Field(() => String, { description: 'Where it is, an https URL.' })
  url!: string;

  @Field(() => String, { nullable: true, description: 'What it shows, for those who do not see it; null: not said.' })
  alt!: string | null;
}

@ObjectType('Variant', { description: 'What is bought of a product: the product in one size, colour or portion.' })
export class VariantType {
  @Field(() => ID, { description: 'Global id, `vrnt_…`.' })
  id!: string;

  @Field(() => String, { description: 'Stock keeping unit, unique in the tenant.' })
  sku!: string;

  @Field(() => String, { nullable: true, description: 'What it is called besides the product, e.g. `Large`; null when there is but one.' })
  name!: string | null;

  @Field(() => [VariantOption], { description: 'Its properties, at most 10.' })
  options!: VariantOption[];

  @Field(() => Boolean, { description: 'Whether it is sold only while it is in stock.' })
  tracksInventory!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it was put away, UTC; null: it is sold.' })
  archivedAt!: Date | null;
}

@ObjectType('OptionChoice', { description: 'One thing that may be chosen with a product, e.g. `Extra cheese`.' })
export class OptionChoiceType {
  @Field(() => ID, { description: 'Global id, `ochc_…`: what a line of a cart names.' })
  id!: string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;
}

@ObjectType('OptionGroup', { description: 'What belongs together to choose from, e.g. `Crust`. At most one may be chosen: radio buttons; several: checkboxes.' })
export class OptionGroupType {
  @Field(() => ID, { description: 'Global id, `ogrp_…`.' })
  id!: string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => Int, { description: 'How many must be chosen.' })
  least!: number;

  @Field(() => Int, { description: 'How many may be chosen.' })
  most!: number;

  @Field(() => [OptionChoiceType], { description: 'What there is to choose from, in the order of the tenant: at most 50.' })
  choices!: object[];
}

@ObjectType('ProductWindow', { description: 'When a product is sold: from one minute of a weekday up to, not including, another, on the clock of the shop.' })
export class ProductWindowType {
  @Field(() => Int, { description: '1 is Monday, 7 is Sunday (ISO 8601).' })
  weekday!: number;

  @Field(() => String, { description: '`HH:MM`, from `00:00`.' })
  from!: string;

  @Field(() => String, { description: '`HH:MM`, up to `24:00`.' })
  to!: string;
}

@ObjectType('Product', { description: 'Something that is sold: goods, a dish, a service or a solution.' })
export class ProductType {
  @Field(() => ID, { description: 'Global id, `prod_…`.' })
  id!: string;

  @Field(() => ProductKindEnum, { description: 'What sort of thing it is.' })
  kind!: ProductKind;

  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What customers should know of it; null when nobody said.' })
  description!: string | null;

  @Field(() => [String], { description: 'What it has to offer, in a few words each.' })
  features!: string[];

  @Field(() => String, { nullable: true, description: 'Where its icon is, an https URL.' })
  iconUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'Where its picture is, an https URL.' })
  imageUrl!: string | null;

  @Field(() => [ProductImageType], { description: 'Further pictures, in the order of the tenant: at most 10.' })
  images!: ProductImageType[];

  @Field(() => [Allergen], { description: 'What it holds that must be told of.' })
  allergens!: Allergen[];

  @Field(() => [DietaryTag], { description: 'For whom it is fit.' })
  dietaryTags!: DietaryTag[];

  @Field(() => Int, { nullable: true, description: 'Its own rate of tax in millionths (190000 is 19 %); null: the rate of its category, or else of the shop.' })
  taxRatePpm!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was put away, UTC; null: it is sold.' })
  archivedAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}

export const { Connection: ProductConnection } = connectionOf('Product', () => ProductType);

@ObjectType({ implements: UserError, description: 'There is no such product in your tenant.' })
export class ProductNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'There is no such variant in your tenant.' })
export class VariantNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another variant of the tenant has this SKU.' })
export class SkuTaken extends UserError {}

const payload = (verb: string) => ({ description: `Why it was not ${verb}; empty when it was.` });

@ObjectType({ description: 'Result of `productCreate`.' })
export class ProductCreatePayload {
  @Field(() => ProductType, { nullable: true, description: 'The new product; null when it was refused.' })
  product!: object | null;

  @Field(() => [UserError], payload('made'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `productUpdate`.' })
export class ProductUpdatePayload {
  @Field(() => ProductType, { nullable: true, description: 'The product as it is now; null when it was refused.' })
  product!: object | null;

  @Field(() => [UserError], payload('changed'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `variantCreate`.' })
export class VariantCreatePayload {
  @Field(() => VariantType, { nullable: true, description: 'The new variant; null when it was refused.' })
  variant!: object | null;

  @Field(() => [UserError], payload('made'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `variantUpdate`.' })
export class VariantUpdatePayload {
  @Field(() => VariantType, { nullable: true, description: 'The variant as it is now; null when it was refused.' })
  variant!: object | null;

  @Field(() => [UserError], payload('changed'))
  userErrors!: UserError[];
}
