// A conversation that staff or the clock change: held under its row lock, changed, and told of.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { wantAssignment } from '../assignment/assignment.want.js';
import { ConversationUpdated } from '../events.js';
import { db } from '../tables.js';
import type { ConversationPriority, ConversationStatus } from './conversation.entity.js';
import { standing, TRANSITIONS, type ConversationEvent } from './conversation.states.js';

export const CONVERSATION = ['input', 'conversationId'];

export interface HeldConversation {
  id: string;
  inboxId: string;
  contactId: string;
  displayNumber: number;
  status: ConversationStatus;
  assigneeId: string | null;
  teamId: string | null;
  botId: string | null;
  priority: ConversationPriority | null;
  snoozedUntil: Date | null;
  lastSeq: number;
}

/** @throws Refusal ConversationNotFound */
export async function holdConversation(unit: UnitOfWork, id: string): Promise<HeldConversation> {
  const held = await tryConversation(unit, id);
  if (!held) throw new Refusal('ConversationNotFound', ErrorCode.NOT_FOUND, 'The conversation was not found.', CONVERSATION);
  return held;
}

export function tryConversation({ tx }: UnitOfWork, id: string): Promise<HeldConversation | undefined> {
  return db(tx).selectFrom('Conversation').select(['id', 'inboxId', 'contactId', 'displayNumber', 'status', 'assigneeId', 'teamId', 'botId', 'priority', 'snoozedUntil', 'lastSeq'])
    .where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The feeds of the conversation and of its inbox hear that it is not as it was. */
export function tellOf(unit: UnitOfWork, { id, inboxId }: Pick<HeldConversation, 'id' | 'inboxId'>): void {
  unit.emit(ConversationUpdated, { conversationId: id, inboxId }, { streamId: id, groupId: inboxId });
}

/**
 * What `event` makes of it. @param bot who has it from now on; null: as it was @returns its status after that
 * @throws Refusal ConversationStateWrong when it does not happen to such a one, AnotherConversationOpen
 */
export async function moveConversation(unit: UnitOfWork, held: Pick<HeldConversation, 'id' | 'inboxId' | 'status'>, event: ConversationEvent, until: Date | null = null, bot: string | null = null): Promise<ConversationStatus> {
  const status = TRANSITIONS[event][held.status];
  if (status === null) throw new Refusal('ConversationStateWrong', ErrorCode.WRONG_STATE, `It is ${held.status.toLowerCase()}: open it first.`, CONVERSATION);
  try {
    await sql`update conversations.conversation set ${standing(event, status, { now: unit.now, until, bot })} where id = ${held.id}::uuid`.execute(unit.tx.getKysely());
  } catch (error) {
    throw openElsewhere(error) ?? error;
  }
  tellOf(unit, held);
  if (status === 'OPEN' && held.status !== 'OPEN') await wantAssignment(unit, [held.inboxId]);
  return status;
}

/** The unique index knows of one that begins at this moment too. */
function openElsewhere(error: unknown): Refusal | null {
  const { code, constraint } = error as { code?: string; constraint?: string };
  if (code !== '23505' || constraint !== 'conversation_open') return null;
  return new Refusal('AnotherConversationOpen', ErrorCode.WRONG_STATE, 'The customer has another conversation open in this inbox: go on in that one.', CONVERSATION);
}
