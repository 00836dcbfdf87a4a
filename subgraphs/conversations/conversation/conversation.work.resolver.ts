// What staff do with a conversation.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { ConversationUpdatedEvent } from '../message/message.type.js';
import type { ConversationsServices } from '../services.js';
import { assignConversation, prioritizeConversation } from './conversation.assign.js';
import { CONVERSATION } from './conversation.change.js';
import type { Move } from './conversation.life.js';
import { conversationById, type ConversationRow } from './conversation.loaders.js';
import { markUnread } from './conversation.unread.js';
import { ConversationType } from './conversation.type.js';
import {
  ConversationAssignInput, ConversationMarkUnreadInput, ConversationOpenInput, ConversationPrioritySetInput, ConversationResolveInput, ConversationSnoozeInput, ConversationUnassignInput,
} from './conversation.work.inputs.js';
import {
  ConversationAssignPayload, ConversationMarkUnreadPayload, ConversationOpenPayload, ConversationPriority, ConversationPrioritySetPayload, ConversationResolvePayload, ConversationSnoozePayload,
  ConversationUnassignPayload,
} from './conversation.work.type.js';

const conversationOf = ({ conversationId }: { conversationId: string }): string => inputId('conv', conversationId, CONVERSATION);
/** Null is nobody; absent is whoever it is. */
const expectedOf = ({ expectedAssigneeId }: { expectedAssigneeId?: string | null }): { expected?: string | null } => {
  if (expectedAssigneeId === undefined) return {};
  return { expected: expectedAssigneeId === null ? null : inputId('user', expectedAssigneeId, ['input', 'expectedAssigneeId']) };
};

const answered = async (context: OperationContext, id: string) => ({ conversation: await context.load(conversationById, id), userErrors: [] });

@Resolver(() => ConversationType)
export class ConversationWorkResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Mutation(() => ConversationOpenPayload, { nullable: true, description: 'Staff are expected to act on it from now on: it is no longer snoozed, resolved or with a bot. Repeating it changes nothing.' })
  conversationOpen(@Arg('input', () => ConversationOpenInput, { description: 'Which conversation.' }) input: ConversationOpenInput, @Ctx() context: OperationContext) {
    return this.#move(context, { id: conversationOf(input), event: 'OPENED' });
  }

  @Mutation(() => ConversationResolvePayload, {
    nullable: true, description: 'It is done: nobody waits any more. What the customer writes next opens it again, or begins a new one (`Inbox.reopen`). Repeating it changes nothing.',
  })
  conversationResolve(@Arg('input', () => ConversationResolveInput, { description: 'Which conversation.' }) input: ConversationResolveInput, @Ctx() context: OperationContext) {
    return this.#move(context, { id: conversationOf(input), event: 'RESOLVED', seenSeq: input.seenSeq ?? null });
  }

  @Mutation(() => ConversationSnoozePayload, { nullable: true, description: 'Puts it aside until a time or until the customer writes, whichever comes first. Of a snoozed one it changes the time.' })
  conversationSnooze(@Arg('input', () => ConversationSnoozeInput, { description: 'Which conversation, and until when.' }) input: ConversationSnoozeInput, @Ctx() context: OperationContext) {
    return this.#move(context, { id: conversationOf(input), event: 'SNOOZED', until: input.until ?? null, seenSeq: input.seenSeq ?? null });
  }

  @Mutation(() => ConversationAssignPayload, { nullable: true, description: 'Puts a person in charge, in place of whoever was. Of several at once the last one holds; `expectedAssigneeId` lets the first one hold.' })
  async conversationAssign(@Arg('input', () => ConversationAssignInput, { description: 'Which conversation, and whose it is.' }) input: ConversationAssignInput, @Ctx() context: OperationContext) {
    const id = conversationOf(input);
    await assignConversation(context, { id, assigneeId: inputId('user', input.userId, ['input', 'userId']), ...expectedOf(input) });
    return answered(context, id);
  }

  @Mutation(() => ConversationUnassignPayload, { nullable: true, description: 'Nobody is in charge from now on. Repeating it changes nothing.' })
  async conversationUnassign(@Arg('input', () => ConversationUnassignInput, { description: 'Which conversation.' }) input: ConversationUnassignInput, @Ctx() context: OperationContext) {
    const id = conversationOf(input);
    await assignConversation(context, { id, assigneeId: null, ...expectedOf(input) });
    return answered(context, id);
  }

  @Mutation(() => ConversationPrioritySetPayload, { nullable: true, description: 'Says how urgent it is. Repeating it changes nothing.' })
  async conversationPrioritySet(
    @Arg('input', () => ConversationPrioritySetInput, { description: 'Which conversation, and how urgent.' }) input: ConversationPrioritySetInput, @Ctx() context: OperationContext,
  ) {
    const id = conversationOf(input);
    await prioritizeConversation(context, id, input.priority ?? null);
    return answered(context, id);
  }

  @Mutation(() => ConversationMarkUnreadPayload, { nullable: true, description: 'Its newest message of the customer is unread by you again, so that you come back to it. For you alone; repeating it changes nothing.' })
  async conversationMarkUnread(
    @Arg('input', () => ConversationMarkUnreadInput, { description: 'Which conversation.' }) input: ConversationMarkUnreadInput, @Ctx() context: OperationContext,
  ) {
    const id = conversationOf(input);
    await markUnread(context, id);
    return answered(context, id);
  }

  @FieldResolver(() => ConversationPriority, { nullable: true, description: 'How urgent it is; null while nobody says.' })
  priority(@Root() row: ConversationRow) {
    return row.priority;
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'When a snoozed one opens by itself, UTC; null when it is not snoozed, or until the customer writes.' })
  snoozedUntil(@Root() row: ConversationRow) {
    return row.snoozedUntil;
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'When somebody first answered the customer, UTC; null until then.' })
  firstReplyAt(@Root() row: ConversationRow) {
    return row.firstReplyAt;
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'Since when it is resolved, UTC; null when it is not.' })
  resolvedAt(@Root() row: ConversationRow) {
    return row.resolvedAt;
  }

  async #move(context: OperationContext, move: Move) {
    await this.services.life.move(context, move);
    return answered(context, move.id);
  }
}

@Resolver(() => ConversationUpdatedEvent)
export class ConversationUpdatedResolver {
  @FieldResolver(() => ConversationType, { nullable: true, description: 'The conversation, as it is now. Null when it is kept no longer (`TenantSettings.retention`).' })
  conversation(@Root() root: { conversationId: string }, @Ctx() context: OperationContext) {
    return context.load(conversationById, root.conversationId);
  }
}
