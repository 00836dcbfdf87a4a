// What staff know of contacts, what they do with them, and why it may not happen.
import { Field, ID, ObjectType, type ClassType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { attributeTypeOf } from '../attribute/attribute.type.js';
import { ContactType } from './contact.type.js';

export const ContactAttribute = attributeTypeOf('ContactAttribute');

@ObjectType('ContactIdentity', { description: 'How an inbox knows somebody.' })
export class ContactIdentityType {
  @Field(() => String, { description: "Their id at the inbox's provider." })
  externalId!: string;

  @Field(() => String, { nullable: true, description: 'Their number there, as the provider wrote it; null where it told none.' })
  phone!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Since when they are known by another id there, UTC; null for the one that is in use.' })
  replacedAt!: Date | null;
}

@ObjectType('ContactMerge', { description: 'Two contacts that were found to be one person.' })
export class ContactMergeType {
  @Field(() => ID, { description: 'Global id, `cmrg_…`.' })
  id!: string;

  @Field(() => DateTime, { description: 'When they were merged, UTC.' })
  mergedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When that was undone, UTC; null while it stands.' })
  undoneAt!: Date | null;
}

export const { Connection: ContactConnection } = connectionOf('Contact', () => ContactType);

@ObjectType({ implements: UserError, description: 'The contact is blocked: nothing is sent to them, and they are merged with nobody who is not.' })
export class ContactBlocked extends UserError {}

@ObjectType({ implements: UserError, description: 'The contact is part of another one: `Contact.mergedInto` names it.' })
export class ContactMerged extends UserError {}

@ObjectType({ implements: UserError, description: 'Another contact of the tenant has this e-mail address, number, identifier or address. They may be one person: `contactMerge`.' })
export class ContactTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'There is no such merge in your tenant.' })
export class ContactMergeNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The merge was undone already, or a later one must be undone first.' })
export class ContactMergeStateWrong extends UserError {}

function payloadOf(mutation: string, after: string): ClassType<object> {
  @ObjectType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`, { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => ContactType, { nullable: true, description: `The contact, ${after}; null when it was refused.` })
    contact!: object | null;

    @Field(() => [UserError], { description: 'Why nothing happened; empty when it did.' })
    userErrors!: UserError[];
  }
  return Payload;
}

export const ContactCreatePayload = payloadOf('contactCreate', 'new');
export const ContactUpdatePayload = payloadOf('contactUpdate', 'as it is now');
export const ContactBlockPayload = payloadOf('contactBlock', 'blocked');
export const ContactUnblockPayload = payloadOf('contactUnblock', 'not blocked');

@ObjectType({ description: 'Result of `contactMerge`.' })
export class ContactMergePayload {
  @Field(() => ContactMergeType, { nullable: true, description: 'The merge, by which it can be undone; null when it was refused.' })
  merge!: object | null;

  @Field(() => [UserError], { description: 'Why they were not merged; empty when they were.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `contactMergeUndo`.' })
export class ContactMergeUndoPayload {
  @Field(() => ContactMergeType, { nullable: true, description: 'The merge, undone; null when it was refused.' })
  merge!: object | null;

  @Field(() => [UserError], { description: 'Why it was not undone; empty when it was.' })
  userErrors!: UserError[];
}
