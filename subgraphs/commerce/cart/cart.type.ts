// The GraphQL face of carts.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyType } from '../money/money.type.js';
import type { Fulfillment } from '../order/order.entity.js';
import { FulfillmentEnum } from '../order/order.enums.js';

export enum CartLineProblem { ARCHIVED = 'ARCHIVED', NOT_NOW = 'NOT_NOW', NOT_IN_CURRENCY = 'NOT_IN_CURRENCY', CHOICES_WRONG = 'CHOICES_WRONG' }
registerEnumType(CartLineProblem, {
  name: 'CartLineProblem', description: 'Why a line of a cart cannot be ordered now.',
  valuesConfig: {
    ARCHIVED: { description: 'It is not sold any more.' },
    NOT_NOW: { description: 'It is not sold at this time of day.' },
    NOT_IN_CURRENCY: { description: 'It has no price in the currency of the cart.' },
    CHOICES_WRONG: { description: 'What was chosen is too little, too much, or not offered any more.' },
  },
});

@ObjectType('ChosenOption', { description: 'What was chosen with a line.' })
export class ChosenOptionType {
  @Field(() => String, { description: 'The group it is of, e.g. `Crust`.' })
  group!: string;

  @Field(() => String, { description: 'What was chosen.' })
  name!: string;

  @Field(() => MoneyType, { description: 'What it adds to the price of one.' })
  price!: MoneyType;
}

@ObjectType('CartLine', { description: 'A line of a cart, priced as the catalogue is now.' })
export class CartLineType {
  @Field(() => ID, { description: 'Global id, `cline_…`.' })
  id!: string;

  @Field(() => Int, { description: 'How many.' })
  quantity!: number;

  @Field(() => String, { nullable: true, description: 'What the customer asks of it; null: nothing.' })
  note!: string | null;

  @Field(() => CartLineProblem, { nullable: true, description: 'Why it cannot be ordered now; null: it can.' })
  problem!: CartLineProblem | null;
}

@ObjectType('Totals', { description: 'What something costs, and of what it is made up: `subtotal` less `discount` and `tip` are `total`, with `tax` on top where prices do not include it.' })
export class TotalsType {
  @Field(() => MoneyType, { description: 'All lines, before anything is taken off.' })
  subtotal!: MoneyType;

  @Field(() => MoneyType, { description: 'What is taken off, at most the subtotal.' })
  discount!: MoneyType;

  @Field(() => MoneyType, { description: 'Tax of all lines, half up by line; within the total in either case.' })
  tax!: MoneyType;

  @Field(() => MoneyType, { description: 'The tip, without tax.' })
  tip!: MoneyType;

  @Field(() => MoneyType, { description: 'What the customer pays.' })
  total!: MoneyType;
}

@ObjectType('Cart', { description: 'What a customer is about to order. Two who change it at once change it one after the other; `expectedVersion` refuses what was decided on an older one.' })
export class CartType {
  @Field(() => ID, { description: 'Global id, `cart_…`.' })
  id!: string;

  @Field(() => String, { description: 'ISO 4217 code of all its amounts.' })
  currency!: string;

  @Field(() => FulfillmentEnum, { description: 'How the customer gets it.' })
  fulfillment!: Fulfillment;

  @Field(() => String, { nullable: true, description: 'Where to bring it, or the table it is for; null: not said.' })
  address!: string | null;

  @Field(() => String, { nullable: true, description: 'What the customer asks; null: nothing.' })
  note!: string | null;

  @Field(() => Int, { description: 'Rises with each change.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was begun, UTC.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was changed last, UTC.' })
  updatedAt!: Date;
}

@ObjectType({ implements: UserError, description: 'There is no such cart in your tenant.' })
export class CartNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'There is no such line in a cart of your tenant.' })
export class CartLineNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The cart was ordered: begin another one.' })
export class CartPlaced extends UserError {}

@ObjectType({ implements: UserError, description: 'The cart is not as you have seen it: read it again.' })
export class CartChanged extends UserError {
  @Field(() => Int, { description: 'Its version now.' })
  version!: number;
}

@ObjectType({ implements: UserError, description: 'A cart has at most 50 lines.' })
export class CartFull extends UserError {}

@ObjectType({ implements: UserError, description: 'The line cannot be ordered.' })
export class LineUnsellable extends UserError {
  @Field(() => CartLineProblem, { description: 'Why.' })
  problem!: CartLineProblem;
}

const payloadOf = (mutation: string) => {
  @ObjectType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`, { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => CartType, { nullable: true, description: 'The cart as it is now; null when it was refused.' })
    cart!: object | null;

    @Field(() => [UserError], { description: 'Why nothing changed; empty when it did.' })
    userErrors!: UserError[];
  }
  return Payload;
};

export const CartCreatePayload = payloadOf('cartCreate');
export const CartUpdatePayload = payloadOf('cartUpdate');
export const CartLineAddPayload = payloadOf('cartLineAdd');
export const CartLineUpdatePayload = payloadOf('cartLineUpdate');
export const CartLineRemovePayload = payloadOf('cartLineRemove');
