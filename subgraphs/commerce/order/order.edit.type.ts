// The GraphQL face of changes of orders.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyType } from '../money/money.type.js';

export enum OrderLineChangeKind { ADDED = 'ADDED', CHANGED = 'CHANGED', REMOVED = 'REMOVED' }
registerEnumType(OrderLineChangeKind, {
  name: 'OrderLineChangeKind', description: 'What became of a line of an order.',
  valuesConfig: { ADDED: { description: 'It is new.' }, CHANGED: { description: 'Its number, choices or note are others.' }, REMOVED: { description: 'It is gone.' } },
});

export enum OrderEditHindrance { NOT_PLACED = 'NOT_PLACED', RECORDED = 'RECORDED', PAYMENT_OPEN = 'PAYMENT_OPEN', GIVEN_BACK = 'GIVEN_BACK', TOO_OFTEN = 'TOO_OFTEN' }
registerEnumType(OrderEditHindrance, {
  name: 'OrderEditHindrance', description: 'Why an order is not changed any more.',
  valuesConfig: {
    NOT_PLACED: { description: 'It was accepted, or has come to an end.' },
    RECORDED: { description: 'It was recorded and not placed here: nobody knows what was in it.' },
    PAYMENT_OPEN: { description: 'The customer is being asked to pay what it costs now: `paymentId`. Go on with that payment, or cancel it first.' },
    GIVEN_BACK: { description: 'Some of what was paid for it was given back, or is on its way.' },
    TOO_OFTEN: { description: 'It was changed 50 times.' },
  },
});

@ObjectType('OrderLineChange', { description: 'What became of a line.' })
export class OrderLineChangeType {
  @Field(() => OrderLineChangeKind, { description: 'What.' })
  kind!: OrderLineChangeKind;

  @Field(() => String, { description: 'SKU of what is bought.' })
  sku!: string;

  @Field(() => String, { description: 'Name of the product.' })
  name!: string;

  @Field(() => Int, { description: 'How many there were; 0: it is new.' })
  quantityBefore!: number;

  @Field(() => Int, { description: 'How many there are; 0: it is gone.' })
  quantityAfter!: number;
}

@ObjectType('OrderChange', { description: 'What a change of a placed order was about.' })
export class OrderChangeType {
  @Field(() => [String], { description: 'Which of `fulfillment`, `address`, `note` and `tip` became another.' })
  fields!: string[];

  @Field(() => [OrderLineChangeType], { description: 'What became of its lines: at most 100.' })
  lines!: OrderLineChangeType[];

  @Field(() => MoneyType, { description: 'What the order cost before.' })
  totalBefore!: MoneyType;

  @Field(() => MoneyType, { description: 'What it costs since.' })
  totalAfter!: MoneyType;
}

@ObjectType({ implements: UserError, description: 'The order is not as you have seen it: read it again.' })
export class OrderVersionChanged extends UserError {
  @Field(() => Int, { description: 'The version it has now.' })
  version!: number;
}

@ObjectType({ implements: UserError, description: 'The order cannot be changed any more, or not now.' })
export class OrderNotEditable extends UserError {
  @Field(() => OrderEditHindrance, { description: 'Why.' })
  hindrance!: OrderEditHindrance;

  @Field(() => ID, { nullable: true, description: 'The payment that is open; null: it is for another reason.' })
  paymentId!: string | null;
}

@ObjectType({ implements: UserError, description: 'There is no such line in the order.' })
export class OrderLineNotFound extends UserError {}
