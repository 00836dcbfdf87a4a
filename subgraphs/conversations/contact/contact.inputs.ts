// Arguments of contact operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { attributeInputOf } from '../attribute/attribute.type.js';
import type { AttributeGiven } from '../attribute/attribute.values.js';

const NAME = 'At most 200 characters.';
const EMAIL = 'An e-mail address; kept in lower case, one contact of the tenant has it.';
const PHONE = 'E.164, e.g. `+393331234567`; one contact of the tenant has it.';
const IDENTIFIER = 'What another system of yours calls them, at most 200 characters; one contact of the tenant has it.';
const ATTRIBUTES = 'Custom attributes, at most 50 of a contact, of 64 KiB together. Those that are not named stay.';
const CLEARED = 'Null takes it away.';

@InputType({ description: 'Which contacts to list; absent fields do not filter.' })
export class ContactFilter {
  @Field(() => String, { nullable: true, description: 'The one with this e-mail address.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'The one with this number, E.164.' })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: 'The one another system calls this.' })
  identifier?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Only those who are blocked, or only those who are not.' })
  blocked?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'Whose names, e-mail address, numbers or ids hold these words, all in the contact or all in one address of theirs, as in `ConversationFilter.search`. '
      + 'Of words that very many bear a page may hold fewer contacts than asked for while `hasNextPage` is true: go on after its `endCursor`.',
  })
  search?: string | null;
}

@ArgsType()
export class ContactsArgs extends PageArgs {
  @Field(() => ContactFilter, { nullable: true, description: 'Which contacts to list.' })
  filter?: ContactFilter | null;
}

const ContactAttributeInput = attributeInputOf('ContactAttributeInput');

@InputType({ description: 'How an inbox reaches somebody.' })
export class ContactAddressInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;

  @Field(() => String, { description: "The person's id at the inbox's provider, e.g. on WhatsApp their number without the plus. At most 200 characters." })
  externalId!: string;

  @Field(() => String, { nullable: true, description: 'Their number there, E.164, where it is known.' })
  phone?: string | null;
}

@InputType({ description: 'Input of `contactCreate`.' })
export class ContactCreateInput {
  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @Field(() => String, { nullable: true, description: EMAIL })
  email?: string | null;

  @Field(() => String, { nullable: true, description: PHONE })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: IDENTIFIER })
  identifier?: string | null;

  @Field(() => [ContactAttributeInput], { nullable: true, description: ATTRIBUTES })
  attributes?: AttributeGiven[] | null;

  @Field(() => [ContactAddressInput], { nullable: true, description: 'Where they can be written to first (`conversationStart`), at most 10.' })
  addresses?: ContactAddressInput[] | null;
}

@InputType({ description: 'Input of `contactUpdate`. What is absent stays.' })
export class ContactUpdateInput {
  @Field(() => ID, { description: 'The contact to change.' })
  contactId!: string;

  @Field(() => String, { nullable: true, description: `${NAME} ${CLEARED}` })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${EMAIL} ${CLEARED}` })
  email?: string | null;

  @Field(() => String, { nullable: true, description: `${PHONE} ${CLEARED}` })
  phone?: string | null;

  @Field(() => String, { nullable: true, description: `${IDENTIFIER} ${CLEARED}` })
  identifier?: string | null;

  @Field(() => [ContactAttributeInput], { nullable: true, description: ATTRIBUTES })
  attributes?: AttributeGiven[] | null;
}

@InputType({ description: 'Input of `contactBlock`.' })
export class ContactBlockInput {
  @Field(() => ID, { description: 'The contact to block.' })
  contactId!: string;
}

@InputType({ description: 'Input of `contactUnblock`.' })
export class ContactUnblockInput {
  @Field(() => ID, { description: 'The contact to unblock.' })
  contactId!: string;
}

@InputType({ description: 'Input of `contactMerge`.' })
export class ContactMergeInput {
  @Field(() => ID, { description: 'The contact that stays.' })
  keepId!: string;

  @Field(() => ID, { description: 'The contact that becomes part of it.' })
  mergeId!: string;
}

@InputType({ description: 'Input of `contactMergeUndo`.' })
export class ContactMergeUndoInput {
  @Field(() => ID, { description: 'The merge to undo, `cmrg_…`.' })
  mergeId!: string;
}
