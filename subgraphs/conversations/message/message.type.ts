// The GraphQL face of messages and of what a message feed delivers.
import { createUnionType, Directive, Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { FeedGapReason } from '../../kernel/graphql/feeds.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { Node } from '../../kernel/graphql/node.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { ContactType } from '../contact/contact.type.js';
import { UserReference } from '../conversation/conversation.type.js';
import type { MessageType as Kind } from '../channel/content.js';
import { MessageReferral } from './message.content.type.js';
import type { MessageDirection as Direction, MessageStatus as Status } from './message.entity.js';

export enum MessageDirection { INBOUND = 'INBOUND', OUTBOUND = 'OUTBOUND' }
registerEnumType(MessageDirection, {
  name: 'MessageDirection', description: 'Who wrote to whom.',
  valuesConfig: { INBOUND: { description: 'The customer wrote.' }, OUTBOUND: { description: 'Staff or a bot wrote.' } },
});

export enum MessageKind {
  TEXT = 'TEXT', IMAGE = 'IMAGE', VIDEO = 'VIDEO', AUDIO = 'AUDIO', DOCUMENT = 'DOCUMENT', STICKER = 'STICKER', LOCATION = 'LOCATION', CONTACTS = 'CONTACTS',
  CHOICE = 'CHOICE', ORDER = 'ORDER', SHARE = 'SHARE', SYSTEM = 'SYSTEM', UNSUPPORTED = 'UNSUPPORTED',
  CHOICES = 'CHOICES', TEMPLATE = 'TEMPLATE',
}
registerEnumType(MessageKind, {
  name: 'MessageType', description: 'What a message holds.',
  valuesConfig: {
    TEXT: { description: 'Text.' },
    IMAGE: { description: 'A picture.' },
    VIDEO: { description: 'A film.' },
    AUDIO: { description: 'Sound, or a voice note.' },
    DOCUMENT: { description: 'A document.' },
    STICKER: { description: 'A sticker.' },
    LOCATION: { description: 'A place.' },
    CONTACTS: { description: 'Cards of people.' },
    CHOICE: { description: 'A button, list row or form that the customer chose or sent.' },
    ORDER: { description: "A cart from the channel's catalogue." },
    SHARE: { description: 'A story, post, reel or link.' },
    SYSTEM: { description: 'Told by the channel, not written by anybody.' },
    UNSUPPORTED: { description: 'Something this version stores and cannot show.' },
    CHOICES: { description: 'Buttons or a list that the customer may choose from.' },
    TEMPLATE: { description: 'A template of the channel, filled in.' },
  },
});

export enum MessageStatus {
  RECEIVED = 'RECEIVED', QUEUED = 'QUEUED', SENT = 'SENT', DELIVERED = 'DELIVERED', READ = 'READ', FAILED = 'FAILED', UNCONFIRMED = 'UNCONFIRMED',
}
registerEnumType(MessageStatus, {
  name: 'MessageStatus', description: 'How far a message has come. It only moves forward.',
  valuesConfig: {
    RECEIVED: { description: 'Inbound: stored.' },
    QUEUED: { description: 'Outbound: stored, not yet taken by the provider.' },
    SENT: { description: 'The provider took it.' },
    DELIVERED: { description: "It reached the customer's device." },
    READ: { description: 'The customer opened it.' },
    FAILED: { description: 'It did not reach the customer; see errorCode.' },
    UNCONFIRMED: { description: 'The provider may or may not have taken it. It is not sent again by itself: a person decides.' },
  },
});

@ObjectType()
@Directive('@key(fields: "id", resolvable: false)')
export class Bot {
  @Field(() => ID, { description: 'Global id.' })
  id!: string;
}

export const MessageAuthor = createUnionType({
  name: 'MessageAuthor', description: 'Who wrote a message.', types: () => [UserReference, ContactType, Bot] as const,
  resolveType: (value) => (value as unknown as { __typename: string }).__typename,
});

@ObjectType('Message', { implements: Node, description: 'One message of a conversation.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class MessageType extends Node {
  @Field(() => ID, { description: 'Key of node look-ups.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => Int, { description: 'Place in its conversation, from 1, without gaps.' })
  seq!: number;

  @Field(() => MessageDirection, { description: 'Who wrote to whom.' })
  direction!: Direction;

  @Field(() => MessageKind, { description: 'What it holds.' })
  type!: Kind;

  @Field(() => String, { nullable: true, description: 'Its text, caption or title; null when it has none, or was taken back.' })
  text!: string | null;

  @Field(() => Boolean, { description: 'The customer passed on what somebody else wrote.' })
  forwarded!: boolean;

  @Field(() => MessageReferral, { nullable: true, description: 'What brought the customer to write it; null where nothing is told.' })
  referral!: MessageReferral | null;

  @Field(() => DateTime, { nullable: true, description: 'When its author last changed it, UTC; null when they did not.' })
  editedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When its author took it back, UTC. Nothing of what it said is kept, nor its type; what the channel delivered is, as it came, until the retention of deliveries ends.' })
  deletedAt!: Date | null;

  @Field(() => MessageStatus, { description: 'How far it has come.' })
  status!: Status;

  @Field(() => String, { nullable: true, description: "The channel's own code when it failed." })
  errorCode!: string | null;

  @Field(() => String, { nullable: true, description: "The channel's own words when it failed." })
  errorTitle!: string | null;

  @Field(() => DateTime, { description: 'When it was stored, UTC.' })
  createdAt!: Date;
}

export const { Connection: MessageConnection } = connectionOf('Message', () => MessageType);

@InterfaceType({
  description: 'What a message feed delivers. Keep the cursor: pass it as `after` to go on without gap or duplicate.',
  resolveType: (value: { __typename: string }) => value.__typename, autoRegisterImplementations: false,
})
export abstract class MessageFeedEvent {
  @Field(() => String, { description: 'Opaque position in this feed.' })
  cursor!: string;
}

@ObjectType('MessageAdded', { implements: MessageFeedEvent, description: 'A message was added.' })
export class MessageAddedEvent extends MessageFeedEvent {}

@ObjectType('MessageUpdated', { implements: MessageFeedEvent, description: 'A message changed: its delivery status moved, or its author or a reaction changed it.' })
export class MessageUpdatedEvent extends MessageFeedEvent {}

@ObjectType({ implements: MessageFeedEvent, description: 'Events may be missing before this point: read the lists again. The feed goes on live.' })
export class FeedGap extends MessageFeedEvent {
  @Field(() => FeedGapReason, { description: 'Why.' })
  reason!: FeedGapReason;
}

@ObjectType({ implements: UserError, description: 'The idempotency key was used before for something else.' })
export class IdempotencyMismatch extends UserError {}

@ObjectType({ description: 'Result of `messageSend`.' })
export class MessageSendPayload {
  @Field(() => MessageType, { nullable: true, description: 'The message, queued; null when it was refused.' })
  message!: object | null;

  @Field(() => [UserError], { description: 'Why it was not sent; empty when it was.' })
  userErrors!: UserError[];
}
