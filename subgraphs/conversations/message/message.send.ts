// A text is sent: message, ledger row, idempotency row, events and audit in one transaction.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { AuditDraft } from '../../kernel/messaging/audit.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { ChannelName } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import { MessageAdded, OutboundQueued } from '../events.js';
import { refuseBlocked } from '../contact/contact.block.js';
import { replied } from '../conversation/conversation.states.js';
import { Outbound } from '../outbound/outbound.entity.js';
import { db } from '../tables.js';
import { takeOutbound } from '../tenant-limit/tenant-limit.js';
import { Message } from './message.entity.js';

/** The longest text of any channel, in characters. */
const MAX_TEXT = 4_096;

export interface SendInput {
  conversationId: string;
  text: string;
  idempotencyKey: string;
}

/** A text on its way, under the key that its client chose. */
export interface NewText {
  id: string;
  tenantId: string;
  userId: string;
  text: string;
  idempotencyKey: string;
}

/** @returns the UUID of the message: the new one, or the one an equal earlier request made @throws Refusal QuotaExceeded and others */
export async function sendMessage(context: OperationContext, { conversationId, ...input }: SendInput): Promise<string> {
  checkText(input);
  const message: NewText = { id: newId(), tenantId: context.tenantId, userId: context.userId, ...input };
  return context.mutate(async (unit, audit) => {
    const earlier = await claimKey(unit, message, [conversationId]);
    if (earlier !== null) {
      audit.draft = { ...audit.draft, resource: { type: 'Message', id: earlier }, after: { repeated: true } };
      return earlier;
    }
    audit.draft = { ...audit.draft, ...await queueText(unit, message, conversationId, ['input', 'conversationId']) };
    return message.id;
  });
}

/**
 * Message, ledger row and events of a text whose key was claimed.
 * @param field path of what names the conversation, for refusals @returns what the trail tells of it
 */
export async function queueText(
  unit: UnitOfWork, { id, tenantId, userId, text }: NewText, conversationId: string, field: readonly string[],
): Promise<Pick<AuditDraft, 'resource' | 'after'>> {
  const { seq, inboxId, channel, countedUntil } = await takeSeq(unit, conversationId, id);
  checkLength(text, channel);
  await refuseBlocked(unit, conversationId, field);
  await takeOutbound(unit, { id: conversationId, tenantId, countedUntil }, field);
  unit.tx.create(Message, {
    id, tenantId, conversationId, inboxId, seq, direction: 'OUTBOUND',
    type: 'TEXT', text, status: 'QUEUED', authorKind: 'USER', authorId: userId, externalId: null, errorCode: null, errorTitle: null,
    content: null, replyTo: null, forwarded: false, referral: null, editedAt: null, deletedAt: null, raw: null, sentAt: unit.now, createdAt: unit.now,
  });
  await unit.tx.flush();
  unit.tx.create(Outbound, {
    messageId: id, tenantId, conversationId, inboxId, seq, state: 'INTENT', attempts: 0, attemptedAt: null, nextAttemptAt: unit.now, refusal: null, createdAt: unit.now,
  });
  unit.emit(MessageAdded, { messageId: id, conversationId, inboxId }, { streamId: conversationId, groupId: inboxId });
  unit.emit(OutboundQueued, { messageId: id, conversationId });
  return { resource: { type: 'Message', id }, after: { conversation: encodeId('conv', conversationId), status: 'QUEUED' } };
}

/** @throws Refusal InputInvalid for what no channel takes */
export function checkText({ text, idempotencyKey }: Pick<NewText, 'text' | 'idempotencyKey'>): void {
  if (text.trim() === '') throw invalidInput('The text is empty.', ['input', 'text']);
  if (text.length > MAX_TEXT) throw invalidInput(`The text has ${text.length} characters; ${MAX_TEXT} is the most.`, ['input', 'text']);
  if (text.includes('\0') || !text.isWellFormed()) throw invalidInput('The text holds characters that cannot be stored.', ['input', 'text']);
  if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
    throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
  }
}

/** What the conversation's own channel takes. */
function checkLength(text: string, channel: ChannelName): void {
  const { most, unit } = channelFor(channel).textLimit;
  const length = unit === 'bytes' ? Buffer.byteLength(text) : text.length;
  if (length > most) throw invalidInput(`The text has ${length} ${unit}; this channel takes ${most} at the most.`, ['input', 'text']);
}

/**
 * Takes the key, or finds who has it: a concurrent request waits here for the other's commit.
 * @param target what besides the text makes requests equal @returns the message of an equal earlier request
 */
export async function claimKey(unit: UnitOfWork, { id, tenantId, userId, text, idempotencyKey }: NewText, target: readonly string[]): Promise<string | null> {
  const hash = createHash('sha256').update(JSON.stringify([...target, text])).digest('hex');
  const taken = await sql`
    insert into conversations.send_request (tenant_id, user_id, idempotency_key, request_hash, message_id, created_at)
    values (${tenantId}::uuid, ${userId}::uuid, ${idempotencyKey}, ${hash}, ${id}::uuid, ${unit.now})
    on conflict do nothing`.execute(unit.tx.getKysely());
  if (Number(taken.numAffectedRows ?? 0) === 1) return null;
  const known = await db(unit.tx).selectFrom('SendRequest').select(['requestHash', 'messageId'])
    .where('userId', '=', userId).where('idempotencyKey', '=', idempotencyKey).executeTakeFirstOrThrow();
  if (known.requestHash === hash) return known.messageId;
  throw new Refusal('IdempotencyMismatch', ErrorCode.IDEMPOTENCY_MISMATCH,
    'This idempotency key was used before with another conversation or text.', ['input', 'idempotencyKey']);
}

/** The next number under the conversation's row lock. An agent's reply ends the customer's wait. */
async function takeSeq(unit: UnitOfWork, conversationId: string, messageId: string): Promise<{ seq: number; inboxId: string; channel: ChannelName; countedUntil: Date | null }> {
  const result = await sql<{ last_seq: number; inbox_id: string; channel: ChannelName; counted_until: Date | null }>`
    update conversations.conversation set last_seq = last_seq + 1, last_message_id = ${messageId}::uuid, last_activity_at = ${unit.now}, ${replied(unit.now)}
    where id = ${conversationId}::uuid returning last_seq, inbox_id, counted_until,
      (select i.channel from conversations.inbox i where i.tenant_id = conversation.tenant_id and i.id = conversation.inbox_id) as channel`.execute(unit.tx.getKysely());
  const row = result.rows[0];
  if (!row) throw new Refusal('ConversationNotFound', ErrorCode.NOT_FOUND, 'The conversation was not found.', ['input', 'conversationId']);
  return { seq: row.last_seq, inboxId: row.inbox_id, channel: row.channel, countedUntil: row.counted_until };
}
