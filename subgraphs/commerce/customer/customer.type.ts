// Customers in the graph, and the contact of conversations that this subgraph extends.
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { Node } from '../../kernel/graphql/node.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyType } from '../money/money.type.js';

@ObjectType('CustomerAddress', { description: 'Where a customer can be found.' })
export class CustomerAddressType {
  @Field(() => String, { description: 'What they call it, e.g. `Home`.' })
  label!: string;

  @Field(() => String, { description: 'Street, number, floor.' })
  lines!: string;

  @Field(() => String, { nullable: true, description: 'Postal code; null: not said.' })
  postalCode!: string | null;

  @Field(() => String, { nullable: true, description: 'City; null: not said.' })
  city!: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2 code; null: not said.' })
  country!: string | null;
}

@ObjectType('CustomerValue', { description: 'What a customer has bought and got in one currency.' })
export class CustomerValueType {
  @Field(() => Int, { description: 'How many orders were completed.' })
  orders!: number;

  @Field(() => MoneyType, { description: 'What those cost together.' })
  total!: MoneyType;
}

@ObjectType('Customer', { implements: Node, description: 'Somebody who buys from the tenant.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class CustomerType extends Node {
  @Field(() => ID, { description: 'Same as `id`; joins `node(id)` to its owner.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => String, { description: 'Name as the tenant knows the customer.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'E-mail address, in lower case; null: not known.' })
  email!: string | null;

  @Field(() => String, { nullable: true, description: 'Number, E.164; null: not known.' })
  phone!: string | null;

  @Field(() => [CustomerAddressType], { description: 'Where they can be found, in the order of the tenant: at most 20.' })
  addresses!: CustomerAddressType[];

  @Field(() => DateTime, { description: 'Since when the tenant knows them, UTC.' })
  createdAt!: Date;
}

export const { Connection: CustomerConnection } = connectionOf('Customer', () => CustomerType);

@ObjectType('Contact', { description: 'A person the tenant has conversations with.' })
@Directive('@key(fields: "id")')
export class ContactRef {
  @Field(() => ID, { description: 'Global id, `cont_…`.' })
  id!: string;
}

@ObjectType({ implements: UserError, description: 'There is no such customer in your tenant.' })
export class CustomerNotFound extends UserError {}

@ObjectType({ description: 'Result of `customerCreate`.' })
export class CustomerCreatePayload {
  @Field(() => CustomerType, { nullable: true, description: 'The new customer; null when it was refused.' })
  customer!: object | null;

  @Field(() => [UserError], { description: 'Why nobody was added; empty when somebody was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `customerUpdate`.' })
export class CustomerUpdatePayload {
  @Field(() => CustomerType, { nullable: true, description: 'The customer as they are now; null when it was refused.' })
  customer!: object | null;

  @Field(() => [UserError], { description: 'Why nothing changed; empty when it did.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `customerContactLink`.' })
export class CustomerContactLinkPayload {
  @Field(() => ContactRef, { nullable: true, description: 'The contact; null when it was refused.' })
  contact!: object | null;

  @Field(() => [UserError], { description: 'Why nothing changed; empty when it did.' })
  userErrors!: UserError[];
}
