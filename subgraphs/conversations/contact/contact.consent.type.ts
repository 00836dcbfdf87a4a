// The GraphQL face of a contact's consent.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { each, inherited, type RuleMap } from '../../kernel/graphql/rules.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { InboxType } from '../inbox/inbox.type.js';
import { ContactType } from './contact.type.js';

export enum ConsentSource { CUSTOMER = 'CUSTOMER', PROVIDER = 'PROVIDER', STAFF = 'STAFF' }
registerEnumType(ConsentSource, {
  name: 'ConsentSource', description: 'Who said whether somebody may be written to.',
  valuesConfig: {
    CUSTOMER: { description: 'The customer, with a keyword such as STOP or START.' },
    PROVIDER: { description: 'The channel, which refused a message for it.' },
    STAFF: { description: 'Staff, whom the customer told.' },
  },
});

@ObjectType({ description: 'Whether a customer may be written to by an inbox. Who never said anything may be.' })
export class ContactConsent {
  @Field(() => InboxType, { nullable: true, description: 'The inbox.' })
  inbox!: object | null;

  @Field(() => Boolean, { description: 'They do not want to be written to: messages to them are refused with `RecipientOptedOut`.' })
  optedOut!: boolean;

  @Field(() => ConsentSource, { description: 'Who said so last.' })
  source!: ConsentSource;

  @Field(() => DateTime, { description: 'When, UTC.' })
  changedAt!: Date;
}

@InputType({ description: 'Input of `contactConsentSet`.' })
export class ContactConsentSetInput {
  @Field(() => ID, { description: 'The customer.' })
  contactId!: string;

  @Field(() => ID, { description: 'The inbox by which they may or may not be written to. It must know the customer.' })
  inboxId!: string;

  @Field(() => Boolean, { description: 'They do not want to be written to. Take that back only when they have asked for it.' })
  optedOut!: boolean;
}

@ObjectType({ description: 'Result of `contactConsentSet`.' })
export class ContactConsentSetPayload {
  @Field(() => ContactType, { nullable: true, description: 'The customer; null when nothing was noted.' })
  contact!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was noted; empty when it was.' })
  userErrors!: UserError[];
}

export const consentRules: RuleMap = {
  ContactConsent: each(inherited, 'inbox', 'optedOut', 'source', 'changedAt'),
  ContactConsentSetPayload: each(inherited, 'contact', 'userErrors'),
};
