// The GraphQL face of notifications and of what people want to be told where.
import { Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { FeedGapReason } from '../../kernel/graphql/feeds.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { NotificationKind as Kind } from './notification.kinds.js';

export enum NotificationKind {
  MESSAGE_UNCONFIRMED = 'MESSAGE_UNCONFIRMED', MESSAGE_FAILED = 'MESSAGE_FAILED', SECURITY_EVENT = 'SECURITY_EVENT', USAGE_LIMIT = 'USAGE_LIMIT',
  PLAN_KEPT = 'PLAN_KEPT', MENTIONED = 'MENTIONED', SESSION_REUSED = 'SESSION_REUSED',
  WEBHOOK_ENDPOINT_DISABLED = 'WEBHOOK_ENDPOINT_DISABLED',
  INBOX_DISABLED = 'INBOX_DISABLED', INBOX_TOKEN_EXPIRING = 'INBOX_TOKEN_EXPIRING',
}
registerEnumType(NotificationKind, {
  name: 'NotificationKind', description: 'What people are told of.',
  valuesConfig: {
    MESSAGE_UNCONFIRMED: { description: 'Nobody knows whether a message was sent: a person decides. Told to its author, else to who may write to customers.' },
    MESSAGE_FAILED: { description: 'A message did not reach the customer. Told to its author, else to who may write to customers.' },
    INBOX_DISABLED: { description: 'The provider does not take the token of an inbox any more: it was switched off, and what is to be sent by it waits. Told to who manages inboxes.' },
    INBOX_TOKEN_EXPIRING: { description: 'The token of an inbox ends soon and could not be exchanged for a longer one. Told to who manages inboxes.' },
    SECURITY_EVENT: { description: 'Something in the tenant looks like an attack, badly: a `SecurityEvent` of severity ERROR or CRITICAL. Told to who may acknowledge it.' },
    USAGE_LIMIT: { description: '80 or 100 percent of something that the tier or plan limits is used. Told to who may change the plan.' },
    PLAN_KEPT: { description: 'The change of the plan that was chosen for the end of the month was not made, because more is used than it allows. Told to who may change the plan.' },
    WEBHOOK_ENDPOINT_DISABLED: { description: 'An endpoint of your webhooks was switched off, because it has failed for five days or said that it is gone. `subjectId` is the endpoint, which `node` does not know. Told to who manages webhooks.' },
    MENTIONED: { description: 'A colleague named them in a note on a conversation or a contact, which `subjectId` is. Told to whom it names, if they may see conversations.' },
    SESSION_REUSED: { description: 'A spent refresh token came back and its session was ended. A notice of security: always told, in the inbox and by e-mail.' },
  },
});

@ObjectType({ description: 'Something the caller is told of. Everybody sees their own.' })
export class Notification {
  @Field(() => ID, { description: 'Global id, `ntf_…`.' })
  id!: string;

  @Field(() => NotificationKind, { description: 'What it is about, for programs.' })
  kind!: Kind;

  @Field(() => ID, { nullable: true, description: 'Global id of what it is about: ask `node(id)` for it. Null when it is about the person alone.' })
  subjectId!: string | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was marked read, UTC; null while it is not.' })
  readAt!: Date | null;
}

export const { Connection: NotificationConnection } = connectionOf('Notification', () => Notification);

@ObjectType({ description: 'Where a person is told of one kind of thing.' })
export class NotificationPreference {
  @Field(() => NotificationKind, { description: 'The kind.' })
  kind!: Kind;

  @Field(() => Boolean, { description: 'In `viewer.notifications`.' })
  inApp!: boolean;

  @Field(() => Boolean, { description: 'By e-mail, to the address used in this tenant.' })
  email!: boolean;

  @Field(() => Boolean, { description: 'Cannot be switched off.' })
  mandatory!: boolean;
}

@ObjectType({ implements: UserError, description: 'The caller has no such notification.' })
export class NotificationNotFound extends UserError {}

@ObjectType({ description: 'Result of `notificationMarkRead`.' })
export class NotificationMarkReadPayload {
  @Field(() => [Notification], { nullable: true, description: 'Those that were named, now read; null when nothing was marked.' })
  notifications!: object[] | null;

  @Field(() => [UserError], { description: 'Why nothing was marked; empty when all were.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `notificationsMarkAllRead`.' })
export class NotificationsMarkAllReadPayload {
  @Field(() => Int, { nullable: true, description: 'How many were unread until now; null when it was refused.' })
  marked!: number | null;

  @Field(() => [UserError], { description: 'Why nothing was marked; empty when it was not refused.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `notificationPreferencesUpdate`.' })
export class NotificationPreferencesUpdatePayload {
  @Field(() => [NotificationPreference], { nullable: true, description: 'All of the caller\'s preferences from now on; null when it was refused.' })
  preferences!: NotificationPreference[] | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty when it was.' })
  userErrors!: UserError[];
}

@InterfaceType({
  description: 'What `notificationAdded` delivers. Keep the cursor: pass it as `after` to go on without gap or duplicate.',
  resolveType: (value: { __typename: string }) => value.__typename, autoRegisterImplementations: false,
})
export abstract class NotificationFeedEvent {
  @Field(() => String, { description: 'Opaque position in this feed.' })
  cursor!: string;
}

@ObjectType('NotificationAdded', { implements: NotificationFeedEvent, description: 'There is a new notification.' })
export class NotificationAddedEvent extends NotificationFeedEvent {}

@ObjectType({ implements: NotificationFeedEvent, description: 'Notifications may be missing before this point: read the list again. The feed goes on live.' })
export class NotificationFeedGap extends NotificationFeedEvent {
  @Field(() => FeedGapReason, { description: 'Why.' })
  reason!: FeedGapReason;
}
