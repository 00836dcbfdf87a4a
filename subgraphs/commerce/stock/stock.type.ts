// The GraphQL face of stock.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('Stock', { description: 'How many there are of a variant.' })
export class StockType {
  @Field(() => Int, { description: 'How many there are in the house. Below zero when more were sold at a till than were known of: count them.' })
  onHand!: number;

  @Field(() => Int, { description: 'How many of those are promised to orders that were placed and not accepted yet.' })
  reserved!: number;

  @Field(() => Int, { description: 'How many can be sold: `onHand` less `reserved`. Below zero when a till has sold what was promised to orders.' })
  available!: number;
}

export enum StockMovementKind { ADJUSTED = 'ADJUSTED', RESERVED = 'RESERVED', RELEASED = 'RELEASED', SOLD = 'SOLD', RETURNED = 'RETURNED' }
registerEnumType(StockMovementKind, {
  name: 'StockMovementKind', description: 'Why stock moved.',
  valuesConfig: {
    ADJUSTED: { description: 'Somebody counted, received or wrote off.' },
    RESERVED: { description: 'An order was placed.' },
    RELEASED: { description: 'An order that was placed was rejected, canceled or expired.' },
    SOLD: { description: 'An order was accepted.' },
    RETURNED: { description: 'An order that was accepted was canceled.' },
  },
});

@ObjectType('StockMovement', { description: 'One move of stock. Moves are never changed: the sum of them is what there is.' })
export class StockMovementType {
  @Field(() => ID, { description: 'Global id, `smov_…`.' })
  id!: string;

  @Field(() => StockMovementKind, { description: 'Why.' })
  kind!: StockMovementKind;

  @Field(() => Int, { description: 'By how many `onHand` changed.' })
  onHandChange!: number;

  @Field(() => Int, { description: 'By how many `reserved` changed.' })
  reservedChange!: number;

  @Field(() => String, { nullable: true, description: 'What somebody said of it; null: nothing.' })
  reason!: string | null;

  @Field(() => DateTime, { description: 'When, UTC.' })
  createdAt!: Date;
}

export const { Connection: StockMovementConnection } = connectionOf('StockMovement', () => StockMovementType);

@ObjectType({ implements: UserError, description: 'There would be fewer than are promised to orders, or more than can be counted (1,000,000,000).' })
export class StockOutOfBounds extends UserError {
  @Field(() => Int, { description: 'How many there are.' })
  onHand!: number;

  @Field(() => Int, { description: 'How many of those are promised.' })
  reserved!: number;
}

@InputType({ description: 'Input of `stockAdjust`.' })
export class StockAdjustInput {
  @Field(() => ID, { description: 'Of which variant.' })
  variantId!: string;

  @Field(() => Int, { description: 'By how many, up (received) or down (sold elsewhere, broken): -1,000,000 to 1,000,000, not 0.' })
  change!: number;

  @Field(() => String, { nullable: true, description: 'Why, at most 200 characters.' })
  reason?: string | null;

  @Field(() => String, { description: 'Your key of this request, 1 to 200 printable ASCII characters: the same again moves nothing twice.' })
  idempotencyKey!: string;
}

@ObjectType({ description: 'Result of `stockAdjust`.' })
export class StockAdjustPayload {
  @Field(() => StockType, { nullable: true, description: 'How many there are now; null when it was refused.' })
  stock!: object | null;

  @Field(() => [UserError], { description: 'Why nothing moved; empty when it did, now or when the key was used first.' })
  userErrors!: UserError[];
}
