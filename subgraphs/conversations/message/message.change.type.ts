// The GraphQL face of changing and taking back what staff wrote.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MessageType } from './message.type.js';

export enum MessageChangeKind { EDIT = 'EDIT', DELETION = 'DELETION' }
registerEnumType(MessageChangeKind, {
  name: 'MessageChangeKind', description: 'What staff asked for.',
  valuesConfig: { EDIT: { description: 'Other words.' }, DELETION: { description: 'It is taken back.' } },
});

export enum MessageChangeState { WAITING = 'WAITING', REFUSED = 'REFUSED', UNCONFIRMED = 'UNCONFIRMED' }
registerEnumType(MessageChangeState, {
  name: 'MessageChangeState', description: 'Where a change stands that the channel has not taken.',
  valuesConfig: {
    WAITING: { description: 'It is on its way to the channel.' },
    REFUSED: { description: 'The channel did not take it, or it could not be handed over: the message is as it was.' },
    UNCONFIRMED: { description: 'The channel may or may not have taken it. It is not sent again by itself: ask for it again, or leave it.' },
  },
});

@ObjectType({ description: 'A change of a message that staff asked for and the channel has not taken.' })
export class MessageChange {
  @Field(() => MessageChangeKind, { description: 'What was asked for.' })
  kind!: MessageChangeKind;

  @Field(() => MessageChangeState, { description: 'Where it stands.' })
  state!: MessageChangeState;

  @Field(() => DateTime, { description: 'When it was asked for, UTC.' })
  requestedAt!: Date;

  @Field(() => String, { nullable: true, description: 'What was answered when it was tried last; null while nothing was.' })
  reason!: string | null;
}

@InputType({ description: 'Input of `messageEdit`.' })
export class MessageEditInput {
  @Field(() => ID, { description: 'A text that you wrote.' })
  messageId!: string;

  @Field(() => String, { description: 'What it says from now on: at most 4,096 characters, and what its channel takes.' })
  text!: string;

  @Field(() => String, { description: 'Chosen by the client, 1 to 200 printable ASCII characters. The same key with the same input is the same change, however often it is sent.' })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `messageDelete`.' })
export class MessageDeleteInput {
  @Field(() => ID, { description: 'A message that you wrote; with the permission `conversation:manage`, one of a colleague too.' })
  messageId!: string;
}

@ObjectType({ implements: UserError, description: 'The channel lets nobody change or take back what the business has sent: only web chat and systems of one\'s own (API) do.' })
export class NotAllowedByChannel extends UserError {}

@ObjectType({ implements: UserError, description: 'A colleague wrote the message, and it is theirs to change.' })
export class MessageOfColleague extends UserError {}

@ObjectType({ implements: UserError, description: 'The message is none that can be changed now: it came in, was written elsewhere, was not sent, was taken back, or is no text.' })
export class MessageUnchangeable extends UserError {}

@ObjectType({ description: 'Result of `messageEdit`.' })
export class MessageEditPayload {
  @Field(() => MessageType, { nullable: true, description: 'The message; `text` and `editedAt` show the change when the channel has taken it, until then `pendingChange` does. Null when it was refused.' })
  message!: object | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was queued, or says that already.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `messageDelete`.' })
export class MessageDeletePayload {
  @Field(() => MessageType, { nullable: true, description: 'The message; `deletedAt` is set and what it said is gone when the channel has taken it back, until then `pendingChange` says so. Null when it was refused.' })
  message!: object | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was queued, or was taken back already.' })
  userErrors!: UserError[];
}
