// Arguments of the catalogue's operations.
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { MoneyInput } from '../money/money.input.js';
import { Allergen, DietaryTag, ProductKindEnum } from './product.enums.js';

const NAME = 'One line of at most 200 characters.';
const TEXT = 'At most 5,000 characters.';
const FEATURES = 'At most 20 of at most 200 characters each.';
const URL = 'An https URL.';
const RATE = 'Its own rate of tax in millionths, 190000 is 19 %; null: the rate of its category, or else of the shop.';
const PRICES = 'One price for each currency it is sold in, at most 20. It is not sold in any other.';
const SKU = 'One line of at most 100 characters, unique in the tenant.';
const TRACKS = 'True: it is sold only while it is in stock.';
const GROUPS = 'What may be chosen with it, at most 20 groups.';
const WINDOWS = 'When it is sold, at most 50 windows; none: always.';
const CLEARED = 'Null takes it away.';
const IMAGES = 'Further pictures, at most 10.';

@InputType({ description: 'Which products to list; absent fields do not filter.' })
export class ProductFilter {
  @Field(() => ProductKindEnum, { nullable: true, description: 'Only of this kind.' })
  kind?: ProductKindEnum | null;

  @Field(() => ID, { nullable: true, description: 'Only of this category.' })
  categoryId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: those that were put away; else those that are sold.' })
  archived?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Whose names begin with this, whatever its case.' })
  search?: string | null;
}

@ArgsType()
export class ProductsArgs extends PageArgs {
  @Field(() => ProductFilter, { nullable: true, description: 'Which products to list.' })
  filter?: ProductFilter | null;
}

@ArgsType()
export class MenuArgs extends PageArgs {
  @Field(() => DateTime, { nullable: true, description: 'The moment; now when absent.' })
  at?: Date | null;

  @Field(() => ID, { nullable: true, description: 'Only of this category.' })
  categoryId?: string | null;
}

@InputType({ description: 'One property of a variant, e.g. size: L.' })
export class VariantOptionInput {
  @Field(() => String, { description: 'The property, at most 50 characters.' })
  name!: string;

  @Field(() => String, { description: 'What it is, at most 100 characters.' })
  value!: string;
}

@InputType({ description: 'A variant of a new product.' })
export class VariantInput {
  @Field(() => String, { description: SKU })
  sku!: string;

  @Field(() => String, { nullable: true, description: 'What it is called besides the product, e.g. `Large`; at most 100 characters.' })
  name?: string | null;

  @Field(() => [VariantOptionInput], { nullable: true, description: 'Its properties, at most 10.' })
  options?: VariantOptionInput[] | null;

  @Field(() => Boolean, { nullable: true, description: `${TRACKS} False when absent.` })
  tracksInventory?: boolean | null;

  @Field(() => [MoneyInput], { description: PRICES })
  prices!: MoneyInput[];
}

@InputType({ description: 'Something to choose with a product.' })
export class OptionChoiceInput {
  @Field(() => String, { description: 'One line of at most 100 characters.' })
  name!: string;

  @Field(() => [MoneyInput], { nullable: true, description: 'What it adds to the price of one, in each currency; less than nothing: what it takes off. Nothing in those that are not named.' })
  deltas?: MoneyInput[] | null;
}

@InputType({ description: 'What belongs together to choose from.' })
export class OptionGroupInput {
  @Field(() => String, { description: 'One line of at most 100 characters.' })
  name!: string;

  @Field(() => Int, { description: 'How many must be chosen, from 0.' })
  least!: number;

  @Field(() => Int, { description: 'How many may be chosen: 1 for radio buttons, at most the number of choices.' })
  most!: number;

  @Field(() => [OptionChoiceInput], { description: 'What there is to choose from, 1 to 50, in this order.' })
  choices!: OptionChoiceInput[];
}

@InputType({ description: 'When a product is sold, on the clock of the shop. Give two for one that crosses midnight.' })
export class ProductWindowInput {
  @Field(() => Int, { description: '1 is Monday, 7 is Sunday.' })
  weekday!: number;

  @Field(() => String, { description: '`HH:MM`, from `00:00`.' })
  from!: string;

  @Field(() => String, { description: '`HH:MM`, later than `from`, up to `24:00`. Not included.' })
  to!: string;
}

@InputType({ description: 'A picture of a product.' })
export class ProductImageInput {
  @Field(() => String, { description: URL })
  url!: string;

  @Field(() => String, { nullable: true, description: 'What it shows, for those who do not see it: at most 300 characters.' })
  alt?: string | null;
}

@InputType({ description: 'Input of `productCreate`.' })
export class ProductCreateInput {
  @Field(() => ProductKindEnum, { description: 'What sort of thing it is.' })
  kind!: ProductKindEnum;

  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => String, { nullable: true, description: TEXT })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: FEATURES })
  features?: string[] | null;

  @Field(() => String, { nullable: true, description: URL })
  iconUrl?: string | null;

  @Field(() => String, { nullable: true, description: URL })
  imageUrl?: string | null;

  @Field(() => [ProductImageInput], { nullable: true, description: IMAGES })
  images?: ProductImageInput[] | null;

  @Field(() => [Allergen], { nullable: true, description: 'What it holds that must be told of.' })
  allergens?: Allergen[] | null;

  @Field(() => [DietaryTag], { nullable: true, description: 'For whom it is fit.' })
  dietaryTags?: DietaryTag[] | null;

  @Field(() => Int, { nullable: true, description: RATE })
  taxRatePpm?: number | null;

  @Field(() => ID, { nullable: true, description: 'Under which category it is found.' })
  categoryId?: string | null;

  @Field(() => [VariantInput], { description: 'What is bought of it, 1 to 100.' })
  variants!: VariantInput[];

  @Field(() => [OptionGroupInput], { nullable: true, description: GROUPS })
  optionGroups?: OptionGroupInput[] | null;

  @Field(() => [ProductWindowInput], { nullable: true, description: WINDOWS })
  windows?: ProductWindowInput[] | null;
}

@InputType({ description: 'Input of `productUpdate`. What is absent stays.' })
export class ProductUpdateInput {
  @Field(() => ID, { description: 'The product to change.' })
  productId!: string;

  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${TEXT} ${CLEARED}` })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: FEATURES })
  features?: string[] | null;

  @Field(() => String, { nullable: true, description: `${URL} ${CLEARED}` })
  iconUrl?: string | null;

  @Field(() => String, { nullable: true, description: `${URL} ${CLEARED}` })
  imageUrl?: string | null;

  @Field(() => [ProductImageInput], { nullable: true, description: `${IMAGES} These and no others.` })
  images?: ProductImageInput[] | null;

  @Field(() => [Allergen], { nullable: true, description: 'What it holds that must be told of: these and no others.' })
  allergens?: Allergen[] | null;

  @Field(() => [DietaryTag], { nullable: true, description: 'For whom it is fit: these and no others.' })
  dietaryTags?: DietaryTag[] | null;

  @Field(() => Int, { nullable: true, description: RATE })
  taxRatePpm?: number | null;

  @Field(() => ID, { nullable: true, description: 'Under which category it is found; null: none.' })
  categoryId?: string | null;

  @Field(() => [OptionGroupInput], { nullable: true, description: `${GROUPS} These and no others: carts that chose of the former ones are told when they are read.` })
  optionGroups?: OptionGroupInput[] | null;

  @Field(() => [ProductWindowInput], { nullable: true, description: `${WINDOWS} These and no others.` })
  windows?: ProductWindowInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'True puts it away: nobody can buy it, orders of it stay as they are. False brings it back.' })
  archived?: boolean | null;
}

@InputType({ description: 'Input of `variantCreate`.' })
export class VariantCreateInput extends VariantInput {
  @Field(() => ID, { description: 'The product it is of.' })
  productId!: string;
}

@InputType({ description: 'Input of `variantUpdate`. What is absent stays.' })
export class VariantUpdateInput {
  @Field(() => ID, { description: 'The variant to change.' })
  variantId!: string;

  @Field(() => String, { nullable: true, description: SKU })
  sku?: string | null;

  @Field(() => String, { nullable: true, description: `What it is called besides the product. ${CLEARED}` })
  name?: string | null;

  @Field(() => [VariantOptionInput], { nullable: true, description: 'Its properties, at most 10: these and no others.' })
  options?: VariantOptionInput[] | null;

  @Field(() => Boolean, { nullable: true, description: TRACKS })
  tracksInventory?: boolean | null;

  @Field(() => [MoneyInput], { nullable: true, description: `${PRICES} These and no others.` })
  prices?: MoneyInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'True puts it away: nobody can buy it. False brings it back.' })
  archived?: boolean | null;
}
