// The GraphQL face of categories.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

const RATE = 'Rate of tax in millionths of what is in it and has no rate of its own, 70000 is 7 %; null: the rate of the shop.';
const NAME = 'One line of at most 100 characters, unique in the tenant whatever its case.';

@ObjectType('Category', { description: 'Under which products, dishes, services and solutions are found, e.g. `Starters`.' })
export class CategoryType {
  @Field(() => ID, { description: 'Global id, `ctg_…`.' })
  id!: string;

  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => Int, { nullable: true, description: RATE })
  taxRatePpm!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was put away, UTC; null: it is in use.' })
  archivedAt!: Date | null;
}

export const { Connection: CategoryConnection } = connectionOf('Category', () => CategoryType);

@ObjectType({ implements: UserError, description: 'There is no such category in your tenant.' })
export class CategoryNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another category has this name.' })
export class CategoryNameTaken extends UserError {}

@InputType({ description: 'Input of `categoryCreate`.' })
export class CategoryCreateInput {
  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => Int, { nullable: true, description: RATE })
  taxRatePpm?: number | null;
}

@InputType({ description: 'Input of `categoryUpdate`. What is absent stays.' })
export class CategoryUpdateInput {
  @Field(() => ID, { description: 'The category to change.' })
  categoryId!: string;

  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @Field(() => Int, { nullable: true, description: RATE })
  taxRatePpm?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'True puts it away, false brings it back. What is in it stays as it is.' })
  archived?: boolean | null;
}

@ObjectType({ description: 'Result of `categoryCreate`.' })
export class CategoryCreatePayload {
  @Field(() => CategoryType, { nullable: true, description: 'The new category; null when it was refused.' })
  category!: object | null;

  @Field(() => [UserError], { description: 'Why it was not made; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `categoryUpdate`.' })
export class CategoryUpdatePayload {
  @Field(() => CategoryType, { nullable: true, description: 'The category as it is now; null when it was refused.' })
  category!: object | null;

  @Field(() => [UserError], { description: 'Why it was not changed; empty when it was.' })
  userErrors!: UserError[];
}
