// What a bot writes: through the same ledger as a person's, and only while the conversation is the bot's.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { CONVERSATION, holdConversation } from '../conversation/conversation.change.js';
import { checkKey, compose } from '../message/message.compose.js';
import type { MessageParts } from '../message/message.parts.inputs.js';
import { queueMessage, type NewMessage } from '../message/message.send.js';

export interface BotSendInput extends MessageParts {
  botId: string;
  conversationId: string;
}

/** @returns the UUID of the message: the new one, or the one an equal earlier request made @throws Refusal PersonTookOver and others */
export async function sendAsBot(context: OperationContext, { botId, conversationId, idempotencyKey, ...parts }: BotSendInput): Promise<string> {
  const composed = compose(parts);
  checkKey(idempotencyKey);
  const message: NewMessage = { id: newId(), tenantId: context.tenantId, userId: null, botId, composed, idempotencyKey };
  return context.mutate(async (unit, audit) => {
    const earlier = await claimBotKey(unit, { ...message, botId }, createHash('sha256').update(JSON.stringify([conversationId, composed])).digest('hex'));
    if (earlier !== null) {
      audit.draft = { ...audit.draft, resource: { type: 'Message', id: earlier }, after: { repeated: true } };
      return earlier;
    }
    const held = await holdConversation(unit, conversationId);
    if (held.botId !== botId) throw new Refusal('PersonTookOver', ErrorCode.WRONG_STATE, 'The conversation is not this bot\'s, or no longer: a person answers.', CONVERSATION);
    audit.draft = { ...audit.draft, ...await queueMessage(unit, message, conversationId, CONVERSATION) };
    return message.id;
  });
}

/** As a person's key is claimed. @returns the message of an equal earlier request @throws Refusal IdempotencyMismatch */
async function claimBotKey({ tx, now }: UnitOfWork, { id, tenantId, botId, idempotencyKey }: NewMessage & { botId: string }, hash: string): Promise<string | null> {
  const taken = await sql`insert into conversations.bot_request (tenant_id, bot_id, idempotency_key, request_hash, message_id, created_at)
    values (${tenantId}::uuid, ${botId}::uuid, ${idempotencyKey}, ${hash}, ${id}::uuid, ${now}) on conflict do nothing`.execute(tx.getKysely());
  if (Number(taken.numAffectedRows ?? 0) === 1) return null;
  const { rows: [known] } = await sql<{ hash: string; messageId: string }>`select request_hash as hash, message_id as "messageId" from conversations.bot_request
    where bot_id = ${botId}::uuid and idempotency_key = ${idempotencyKey}`.execute(tx.getKysely());
  if (known?.hash === hash) return known.messageId;
  throw new Refusal('IdempotencyMismatch', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before for another message.', ['input', 'idempotencyKey']);
}
