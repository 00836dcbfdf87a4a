// Reads customers, and answers which customer a contact is.
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { customerById, customerIdByContact, type CustomerRow } from './customer.loaders.js';
import { ContactRef, CustomerType } from './customer.type.js';

@Resolver(() => CustomerType)
export class CustomerResolver {
  @Query(() => CustomerType, { nullable: true, description: 'One customer of the tenant; null when there is none with this id.' })
  async customer(
    @Arg('id', () => ID, { description: 'Id of a customer, `cust_…`.' }) id: string,
    @Ctx() ctx: OperationContext,
  ): Promise<CustomerRow | null> {
    return ctx.load(customerById, inputId('cust', id, ['id']));
  }
}

@Resolver(() => ContactRef)
export class ContactCustomerResolver {
  @FieldResolver(() => CustomerType, {
    nullable: true,
    description: 'The customer this contact is linked with; null when there is none.',
  })
  async customer(@Root() contact: ContactRef, @Ctx() ctx: OperationContext): Promise<CustomerRow | null> {
    const customerId = await ctx.load(customerIdByContact, contact.id);
    return customerId === null ? null : ctx.load(customerById, customerId);
  }
}
