// Arguments of customers' operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';

const NAME = 'One line of at most 200 characters.';
const EMAIL = 'An e-mail address; kept in lower case.';
const PHONE = 'E.164, e.g. `+393331234567`.';
const TAGS = 'At most 20 words of at most 50 characters each; kept in lower case.';
const ADDRESSES = 'At most 20.';
const CLEARED = 'Null takes it away.';
const ONLY = 'These and no others.';

@InputType({ description: 'Which customers to list; absent fields do not filter.' })
export class CustomerFilter {
  @Field(() => String, { nullable: true, description: 'Those with this e-mail address.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Those with this number, E.164.' })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: 'Those who bear this tag.' })
  tag?: string | null;
}

@ArgsType()
export class CustomersArgs extends PageArgs {
  @Field(() => CustomerFilter, { nullable: true, description: 'Which customers to list.' })
  filter?: CustomerFilter | null;
}

@InputType({ description: 'Where a customer can be found.' })
export class CustomerAddressInput {
  @Field(() => String, { description: 'What they call it, e.g. `Home`: at most 50 characters.' })
  label!: string;

  @Field(() => String, { description: 'Street, number, floor: at most 300 characters.' })
  lines!: string;

  @Field(() => String, { nullable: true, description: 'At most 20 characters.' })
  postalCode?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 100 characters.' })
  city?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2, e.g. `IT`.' })
  country?: string | null;
}

@InputType({ description: 'Input of `customerCreate`.' })
export class CustomerCreateInput {
  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => String, { nullable: true, description: EMAIL })
  email?: string | null;

  @Field(() => String, { nullable: true, description: PHONE })
  phone?: string | null;

  @Field(() => [String], { nullable: true, description: TAGS })
  tags?: string[] | null;

  @Field(() => [CustomerAddressInput], { nullable: true, description: ADDRESSES })
  addresses?: CustomerAddressInput[] | null;
}

@InputType({ description: 'Input of `customerUpdate`. What is absent stays.' })
export class CustomerUpdateInput {
  @Field(() => ID, { description: 'The customer to change.' })
  customerId!: string;

  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${EMAIL} ${CLEARED}` })
  email?: string | null;

  @Field(() => String, { nullable: true, description: `${PHONE} ${CLEARED}` })
  phone?: string | null;

  @Field(() => [String], { nullable: true, description: `${TAGS} ${ONLY}` })
  tags?: string[] | null;

  @Field(() => [CustomerAddressInput], { nullable: true, description: `${ADDRESSES} ${ONLY}` })
  addresses?: CustomerAddressInput[] | null;
}

@InputType({ description: 'Input of `customerContactLink`.' })
export class CustomerContactLinkInput {
  @Field(() => ID, { description: 'The contact, `cont_…`: from now on of this customer and of no other.' })
  contactId!: string;

  @Field(() => ID, { nullable: true, description: 'The customer; null: of none.' })
  customerId?: string | null;
}
