// Arguments of carts.
import { Field, ID, InputType, Int } from 'type-graphql';
import { MoneyInput } from '../money/money.input.js';
import { FulfillmentEnum } from '../order/order.enums.js';

const CUSTOMER = 'Whose it is. Needed before it is ordered.';
const ADDRESS = 'Where to bring it, or the table it is for: at most 500 characters.';
const NOTE = 'At most 500 characters.';
const TIP = 'In the currency of the cart.';
const VERSION = 'The version you have seen: refused with `CartChanged` when it is another one by now. Absent or null: whatever it is.';
const QUANTITY = 'How many, 1 to 999.';
const CHOICES = 'What is chosen with it, as the option groups of the product allow.';
const CLEARED = 'Null takes it away.';

@InputType({ description: 'Input of `cartCreate`.' })
export class CartCreateInput {
  @Field(() => ID, { nullable: true, description: CUSTOMER })
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 4217 code; that of the shop when absent. It stays.' })
  currency?: string | null;

  @Field(() => FulfillmentEnum, { description: 'How the customer gets it.' })
  fulfillment!: FulfillmentEnum;

  @Field(() => String, { nullable: true, description: ADDRESS })
  address?: string | null;

  @Field(() => String, { nullable: true, description: NOTE })
  note?: string | null;
}

@InputType({ description: 'Input of `cartUpdate`. What is absent stays.' })
export class CartUpdateInput {
  @Field(() => ID, { description: 'The cart.' })
  cartId!: string;

  @Field(() => Int, { nullable: true, description: VERSION })
  expectedVersion?: number | null;

  @Field(() => ID, { nullable: true, description: `${CUSTOMER} ${CLEARED}` })
  customerId?: string | null;

  @Field(() => FulfillmentEnum, { nullable: true, description: 'How the customer gets it.' })
  fulfillment?: FulfillmentEnum | null;

  @Field(() => String, { nullable: true, description: `${ADDRESS} ${CLEARED}` })
  address?: string | null;

  @Field(() => String, { nullable: true, description: `${NOTE} ${CLEARED}` })
  note?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: `${TIP} ${CLEARED}` })
  tip?: MoneyInput | null;

  @Field(() => String, { nullable: true, description: `The code of a voucher that can be taken now. ${CLEARED}` })
  voucherCode?: string | null;
}

@InputType({ description: 'Input of `cartLineAdd`.' })
export class CartLineAddInput {
  @Field(() => ID, { description: 'The cart.' })
  cartId!: string;

  @Field(() => Int, { nullable: true, description: VERSION })
  expectedVersion?: number | null;

  @Field(() => ID, { description: 'What is bought. It is of the currency of the cart.' })
  variantId!: string;

  @Field(() => Int, { description: QUANTITY })
  quantity!: number;

  @Field(() => [ID], { nullable: true, description: CHOICES })
  choiceIds?: string[] | null;

  @Field(() => String, { nullable: true, description: NOTE })
  note?: string | null;
}

@InputType({ description: 'Input of `cartLineUpdate`. What is absent stays.' })
export class CartLineUpdateInput {
  @Field(() => ID, { description: 'The line.' })
  lineId!: string;

  @Field(() => Int, { nullable: true, description: VERSION })
  expectedVersion?: number | null;

  @Field(() => Int, { nullable: true, description: QUANTITY })
  quantity?: number | null;

  @Field(() => [ID], { nullable: true, description: `${CHOICES} These and no others.` })
  choiceIds?: string[] | null;

  @Field(() => String, { nullable: true, description: `${NOTE} ${CLEARED}` })
  note?: string | null;
}

@InputType({ description: 'Input of `cartLineRemove`.' })
export class CartLineRemoveInput {
  @Field(() => ID, { description: 'The line.' })
  lineId!: string;

  @Field(() => Int, { nullable: true, description: VERSION })
  expectedVersion?: number | null;
}
