// Customers as staff keep them: listed, added, changed, linked with contacts.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { moneyOf } from '../money/money.type.js';
import { CustomerContactLinkInput, CustomerCreateInput, CustomersArgs, CustomerUpdateInput } from './customer.inputs.js';
import { contactsOfCustomer, customerById, tagsOfCustomer, valueOfCustomer, type CustomerRow } from './customer.loaders.js';
import { ContactRef, CustomerConnection, CustomerContactLinkPayload, CustomerCreatePayload, CustomerType, CustomerUpdatePayload, CustomerValueType } from './customer.type.js';
import { addCustomer, changeCustomer, linkContact, listCustomers } from './customer.work.js';

@Resolver(() => CustomerType)
export class CustomerWorkResolver {
  @Query(() => CustomerConnection, { nullable: true, description: 'Customers of your tenant, newest first.' })
  customers(@Args(() => CustomersArgs) args: CustomersArgs, @Ctx() context: OperationContext) {
    return listCustomers(context, args);
  }

  @Mutation(() => CustomerCreatePayload, { nullable: true, description: 'Adds a customer.' })
  async customerCreate(@Arg('input', () => CustomerCreateInput, { description: 'Who it is.' }) input: CustomerCreateInput, @Ctx() context: OperationContext) {
    return { customer: await context.load(customerById, await addCustomer(context, input)), userErrors: [] };
  }

  @Mutation(() => CustomerUpdatePayload, { nullable: true, description: 'Changes a customer.' })
  async customerUpdate(@Arg('input', () => CustomerUpdateInput, { description: 'Which customer, and what changes.' }) input: CustomerUpdateInput, @Ctx() context: OperationContext) {
    const id = inputId('cust', input.customerId, ['input', 'customerId']);
    await changeCustomer(context, id, input);
    return { customer: await context.load(customerById, id), userErrors: [] };
  }

  @Mutation(() => CustomerContactLinkPayload, { nullable: true, description: 'Says which customer a contact of conversations is, or that it is none. Repeating it changes nothing.' })
  async customerContactLink(@Arg('input', () => CustomerContactLinkInput, { description: 'Which contact, and which customer.' }) input: CustomerContactLinkInput, @Ctx() context: OperationContext) {
    const contactId = inputId('cont', input.contactId, ['input', 'contactId']);
    await linkContact(context, { contactId, customerId: typeof input.customerId === 'string' ? inputId('cust', input.customerId, ['input', 'customerId']) : null });
    return { contact: { id: contactId }, userErrors: [] };
  }

  @FieldResolver(() => [ContactRef], { description: 'The contacts of conversations who are this customer, by id: at most 100.' })
  async contacts(@Root() { id }: CustomerRow, @Ctx() context: OperationContext) {
    return (await context.load(contactsOfCustomer, id)) ?? [];
  }

  @FieldResolver(() => [String], { description: 'Words of the tenant by which customers are told apart, in their order: at most 20.' })
  async tags(@Root() { id }: CustomerRow, @Ctx() context: OperationContext) {
    return (await context.load(tagsOfCustomer, id)) ?? [];
  }

  @FieldResolver(() => [CustomerValueType], { description: 'What they have bought and got, by currency: orders that were completed, as they were placed.' })
  async lifetimeValue(@Root() { id }: CustomerRow, @Ctx() context: OperationContext) {
    return ((await context.load(valueOfCustomer, id)) ?? []).map(({ orders, minor, currency }) => ({ orders, total: moneyOf(minor, currency) }));
  }
}
