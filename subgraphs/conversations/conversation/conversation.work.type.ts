// What staff do with a conversation answers, and why it may not happen.
import { Field, ObjectType, registerEnumType, type ClassType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { ConversationType } from './conversation.type.js';

export enum ConversationPriority { LOW = 'LOW', MEDIUM = 'MEDIUM', HIGH = 'HIGH', URGENT = 'URGENT' }
registerEnumType(ConversationPriority, {
  name: 'ConversationPriority', description: 'How urgent a conversation is, as staff say.', valuesConfig: {
    LOW: { description: 'It can wait.' }, MEDIUM: { description: 'As usual.' }, HIGH: { description: 'Before others.' }, URGENT: { description: 'Before all others.' },
  },
});

@ObjectType({ implements: UserError, description: 'Nobody of this id works in your tenant now. Somebody who has just joined is known within a few seconds.' })
export class ColleagueNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The conversation is not as you saw it any more: read it again and decide anew.' })
export class ConversationChanged extends UserError {}

@ObjectType({ implements: UserError, description: 'This does not happen to a conversation of its status.' })
export class ConversationStateWrong extends UserError {}

@ObjectType({ implements: UserError, description: 'The customer has another conversation that is not resolved in the same inbox, and there is one at a time: go on in that one.' })
export class AnotherConversationOpen extends UserError {}

/** What each of them answers. */
export function payloadOf(mutation: string, after: string): ClassType<object> {
  @ObjectType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`, { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => ConversationType, { nullable: true, description: `The conversation, ${after}; null when it was refused.` })
    conversation!: object | null;

    @Field(() => [UserError], { description: 'Why nothing happened; empty when it did.' })
    userErrors!: UserError[];
  }
  return Payload;
}

export const ConversationOpenPayload = payloadOf('conversationOpen', 'open');
export const ConversationResolvePayload = payloadOf('conversationResolve', 'resolved');
export const ConversationSnoozePayload = payloadOf('conversationSnooze', 'put aside');
export const ConversationAssignPayload = payloadOf('conversationAssign', 'with the person in charge');
export const ConversationUnassignPayload = payloadOf('conversationUnassign', 'with nobody in charge');
export const ConversationPrioritySetPayload = payloadOf('conversationPrioritySet', 'with its priority');
export const ConversationMarkUnreadPayload = payloadOf('conversationMarkUnread', 'unread by you');
export const ConversationLabelsAddPayload = payloadOf('conversationLabelsAdd', 'with its labels');
export const ConversationHandOffPayload = payloadOf('conversationHandOff', 'for people');
export const ConversationHandToBotPayload = payloadOf('conversationHandToBot', 'with the bot');
export const ConversationAssignTeamPayload = payloadOf('conversationAssignTeam', 'with its team');
export const ConversationLabelsRemovePayload = payloadOf('conversationLabelsRemove', 'with its labels');
