// Merging customers in the graph.
import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { customerById, type CustomerRow } from './customer.loaders.js';
import { mergeCustomers } from './customer.merge.js';
import { CustomerType } from './customer.type.js';

@InputType({ description: 'Input of `customerMerge`.' })
export class CustomerMergeInput {
  @Field(() => ID, { description: 'The customer that goes.' })
  customerId!: string;

  @Field(() => ID, { description: 'The customer that stays, and has all that was the other one\'s.' })
  intoCustomerId!: string;
}

@ObjectType({ description: 'Result of `customerMerge`.' })
export class CustomerMergePayload {
  @Field(() => CustomerType, { nullable: true, description: 'The customer that stays; null when it was refused.' })
  customer!: object | null;

  @Field(() => [UserError], { description: 'Why nothing changed; empty when it did.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'The customer was merged into another one.' })
export class CustomerMerged extends UserError {
  @Field(() => ID, { description: 'Into which.' })
  intoCustomerId!: string;
}

@Resolver(() => CustomerType)
export class CustomerMergeResolver {
  @Mutation(() => CustomerMergePayload, {
    nullable: true,
    description: 'Makes two customers who are one person one: orders, carts, reservations, contacts, timeline, lifetime value and uses of vouchers are those of the one that stays, with the tags and addresses there is room for and what was not known of it. The other is listed no more and says `mergedInto`. Repeating it changes nothing; it cannot be undone.',
  })
  async customerMerge(@Arg('input', () => CustomerMergeInput, { description: 'Which, and into which.' }) input: CustomerMergeInput, @Ctx() context: OperationContext) {
    const [goes, stays] = [inputId('cust', input.customerId, ['input', 'customerId']), inputId('cust', input.intoCustomerId, ['input', 'intoCustomerId'])];
    await mergeCustomers(context, goes, stays);
    return { customer: await context.load(customerById, stays), userErrors: [] };
  }

  @FieldResolver(() => CustomerType, { nullable: true, description: 'The customer that this one was merged into; null: it stands for itself.' })
  mergedInto(@Root() { mergedInto }: CustomerRow, @Ctx() context: OperationContext) {
    return mergedInto === null ? null : context.load(customerById, mergedInto);
  }
}
