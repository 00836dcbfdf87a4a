// The GraphQL face of a conversation.
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { Node } from '../../kernel/graphql/node.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { ConversationStatus as Status } from './conversation.entity.js';

export enum ConversationStatus {
  OPEN = 'OPEN',
  PENDING = 'PENDING',
  SNOOZED = 'SNOOZED',
  RESOLVED = 'RESOLVED',
}
registerEnumType(ConversationStatus, {
  name: 'ConversationStatus',
  description: 'Where a conversation stands. A new message of the customer opens snoozed and resolved ones again.',
  valuesConfig: {
    OPEN: { description: 'Staff are expected to act.' },
    PENDING: { description: 'A bot is handling it.' },
    SNOOZED: { description: 'Put aside until a set time or the next message.' },
    RESOLVED: { description: 'Done.' },
  },
});

export enum ConversationSort {
  LAST_ACTIVITY = 'LAST_ACTIVITY',
  CREATED = 'CREATED',
  WAITING_LONGEST = 'WAITING_LONGEST',
  PRIORITY = 'PRIORITY',
}
registerEnumType(ConversationSort, {
  name: 'ConversationSort',
  description: 'The order of a list of conversations.',
  valuesConfig: {
    LAST_ACTIVITY: { description: 'Latest message first, then by id descending.' },
    CREATED: { description: 'Latest begun first: by `displayNumber` descending.' },
    WAITING_LONGEST: { description: 'Only those whose customer waits, the longest waiting first, then by id.' },
    PRIORITY: { description: 'The most urgent first, those without a priority last; among equals as LAST_ACTIVITY.' },
  },
});

@ObjectType({ description: 'How many conversations hold messages that you have not read.' })
export class UnreadConversations {
  @Field(() => Int, { description: 'As many as are known to, at most 99.' })
  count!: number;

  @Field(() => Boolean, { description: 'There are or may be more: show "99+", or the count with a plus sign.' })
  more!: boolean;
}

/** A person of identity, named by id only. */
@ObjectType('User')
@Directive('@key(fields: "id", resolvable: false)')
export class UserReference {
  @Field(() => ID, { description: 'Global id.' })
  id!: string;
}

@ObjectType('Conversation', { implements: Node, description: 'The thread between one contact and one inbox.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class ConversationType extends Node {
  @Field(() => ID, { description: 'Key of node look-ups.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => Int, { description: 'Short number for people, counted from 1 in each tenant.' })
  displayNumber!: number;

  @Field(() => ConversationStatus, { description: 'Where it stands.' })
  status!: Status;

  @Field(() => DateTime, { description: 'Time of the last message, UTC.' })
  lastActivityAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Since when the customer waits for a reply; null while nobody waits.' })
  waitingSince!: Date | null;

  @Field(() => DateTime, { description: 'Time of its first message, UTC.' })
  createdAt!: Date;

  @Field(() => Boolean, { description: 'The customer began it when the conversations of the month were used up: it is kept and can be answered, and is metered beyond the plan.' })
  overQuota!: boolean;
}

export const { Connection: ConversationConnection } = connectionOf('Conversation', () => ConversationType);

@ObjectType({ implements: UserError, description: 'There is no such conversation in your tenant.' })
export class ConversationNotFound extends UserError {}

@ObjectType({ description: 'Result of `conversationMarkRead`.' })
export class ConversationMarkReadPayload {
  @Field(() => ConversationType, { nullable: true, description: 'The conversation, now read; null when it could not be marked.' })
  conversation!: object | null;

  @Field(() => [UserError], { description: 'Why it was not marked; empty when it was.' })
  userErrors!: UserError[];
}
