// The GraphQL face of the shop.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

const CURRENCY = 'ISO 4217 code in which carts begin unless they name another, e.g. `EUR`.';
const ZONE = 'IANA name of the clock on which times of day are meant, e.g. `Europe/Rome`.';
const LOCALE = 'BCP 47 tag in which amounts and dates are written for those who ask for no other, e.g. `es-CL`.';
const INCLUDED = 'Whether prices include tax (as menus in Europe do) or tax is added to them.';
const RATE = 'Tax on what has no rate of its own nor of its category, in millionths: 190000 is 19 %. At most 1000000.';
const HOLD = 'For how many minutes a placed order keeps its goods until it is accepted, 1 to 1440. After that it expires, unless money was taken for it.';

@ObjectType('Shop', { description: 'How your tenant sells.' })
export class ShopType {
  @Field(() => ID, { description: 'Global id, `shop_…`.' })
  id!: string;

  @Field(() => String, { description: CURRENCY })
  currency!: string;

  @Field(() => String, { description: ZONE })
  timeZone!: string;

  @Field(() => String, { description: LOCALE })
  locale!: string;

  @Field(() => Boolean, { description: INCLUDED })
  pricesIncludeTax!: boolean;

  @Field(() => Int, { description: RATE })
  taxRatePpm!: number;

  @Field(() => Int, { description: HOLD })
  holdMinutes!: number;
}

@InputType({ description: 'Input of `shopUpdate`. What is absent or null stays. Orders that were placed keep what held when they were.' })
export class ShopUpdateInput {
  @Field(() => String, { nullable: true, description: CURRENCY })
  currency?: string | null;

  @Field(() => String, { nullable: true, description: ZONE })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: LOCALE })
  locale?: string | null;

  @Field(() => Boolean, { nullable: true, description: INCLUDED })
  pricesIncludeTax?: boolean | null;

  @Field(() => Int, { nullable: true, description: RATE })
  taxRatePpm?: number | null;

  @Field(() => Int, { nullable: true, description: HOLD })
  holdMinutes?: number | null;
}

@ObjectType({ description: 'Result of `shopUpdate`.' })
export class ShopUpdatePayload {
  @Field(() => ShopType, { nullable: true, description: 'The shop as it is now; null when it was refused.' })
  shop!: object | null;

  @Field(() => [UserError], { description: 'Why it was not changed; empty when it was.' })
  userErrors!: UserError[];
}
