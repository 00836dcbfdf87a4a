// From a bot to people and back, and a person who takes over by writing.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { CONVERSATION, holdConversation, moveConversation, type HeldConversation } from '../conversation/conversation.change.js';
import { holdBot } from './bot.note.js';

const bot = (id: string | null): string | null => id && encodeId('bot', id);
const person = (id: string | null): string | null => id && encodeId('user', id);

/** For people from now on: open, and given out where the inbox does. Repeating it changes nothing. @throws Refusal ConversationNotFound, ConversationStateWrong */
export function handOff(context: OperationContext, id: string): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
    const held = await holdConversation(unit, id);
    if (held.botId === null && held.status !== 'OPEN' && held.status !== 'PENDING') {
      throw new Refusal('ConversationStateWrong', ErrorCode.WRONG_STATE, `It is ${held.status.toLowerCase()}, and with no bot: open it.`, CONVERSATION);
    }
    const status = held.status === 'OPEN' ? held.status : await moveConversation(unit, held, 'HANDED_OFF');
    audit.draft = { ...audit.draft, before: { status: held.status, bot: bot(held.botId) }, after: { status, bot: null } };
  });
}

/** To the bot that serves its inbox; whoever was in charge is so no longer. @throws Refusal ConversationNotFound, ConversationStateWrong, BotUnavailable */
export function handToBot(context: OperationContext, id: string): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
    const held = await holdConversation(unit, id);
    const serving = await holdBot(unit, held.inboxId);
    if (serving === null) throw new Refusal('BotUnavailable', ErrorCode.WRONG_STATE, 'No bot that is switched on serves the inbox.', CONVERSATION);
    const status = held.botId === serving ? held.status : await moveConversation(unit, held, 'HANDED_TO_BOT', null, serving);
    audit.draft = {
      ...audit.draft, before: { status: held.status, bot: bot(held.botId), assignee: person(held.assigneeId) }, after: { status, bot: bot(serving), assignee: null },
    };
  });
}

type Taken = Pick<HeldConversation, 'id' | 'inboxId' | 'status' | 'botId'>;

/**
 * Somebody wrote where a bot was in charge: it says no more, and what it had queued is not sent. They are in charge from now on, if they work here.
 * @param userId null: it was written in the provider's own app, by whomever
 */
export async function takeOver(unit: UnitOfWork, held: Taken, userId: string | null): Promise<void> {
  const { rows: [taker] } = await sql<{ id: string }>`select user_id as id from conversations.colleague where user_id = ${userId}::uuid and status = 'ACTIVE' for share`.execute(unit.tx.getKysely());
  const status = await moveConversation(unit, held, 'TAKEN_OVER');
  const assignee = taker?.id ?? null;
  if (assignee !== null) await sql`update conversations.conversation set assignee_id = ${assignee}::uuid where id = ${held.id}::uuid`.execute(unit.tx.getKysely());
  unit.audit({
    action: 'conversation.take_over', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id: held.id },
    before: { status: held.status, bot: bot(held.botId) }, after: { status, bot: null, assignee: person(assignee) },
  });
}
