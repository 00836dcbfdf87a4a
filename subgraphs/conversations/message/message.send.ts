// A message is sent: message, ledger row, idempotency row, events and audit in one transaction.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { AuditDraft } from '../../kernel/messaging/audit.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { bindFiles, takeFiles } from '../attachment/attachment.compose.js';
import { optedOut } from '../contact/contact.consent.js';
import { MessageAdded } from '../events.js';
import { requireSending } from '../inbox/inbox.standing.js';
import { refuseBlocked } from '../contact/contact.block.js';
import { takeOver } from '../bot/bot.hand.js';
import type { ConversationStatus } from '../conversation/conversation.entity.js';
import { replied } from '../conversation/conversation.states.js';
import { lastWroteAt } from '../conversation/conversation.window.js';
import { Outbound } from '../outbound/outbound.entity.js';
import { db } from '../tables.js';
import { fillTemplate } from '../template/template.fill.js';
import { takeOutbound } from '../tenant-limit/tenant-limit.js';
import { checkKey, checkSendable, compose, type Composed } from './message.compose.js';
import { Message } from './message.entity.js';
import { checkHindrance, type Standing } from './message.hindrance.js';
import type { MessageParts } from './message.parts.inputs.js';

export interface SendInput extends MessageParts {
  conversationId: string;
}

/** A message on its way, under the key that its client chose. */
export interface NewMessage {
  id: string;
  tenantId: string;
  /** Null: a bot writes it or, when there is none either, the product itself. */
  userId: string | null;
  botId?: string | null;
  composed: Composed;
  idempotencyKey: string;
}

/** One that a person writes. */
export type PersonsMessage = NewMessage & { userId: string };

/** @returns the UUID of the message: the new one, or the one an equal earlier request made @throws Refusal QuotaExceeded and others */
export async function sendMessage(context: OperationContext, { conversationId, idempotencyKey, ...parts }: SendInput): Promise<string> {
  const composed = compose(parts);
  checkKey(idempotencyKey);
  const message: PersonsMessage = { id: newId(), tenantId: context.tenantId, userId: context.userId, composed, idempotencyKey };
  return context.mutate(async (unit, audit) => {
    const earlier = await claimKey(unit, message, [conversationId]);
    if (earlier !== null) {
      audit.draft = { ...audit.draft, resource: { type: 'Message', id: earlier }, after: { repeated: true } };
      return earlier;
    }
    audit.draft = { ...audit.draft, ...await queueMessage(unit, message, conversationId, ['input', 'conversationId']) };
    return message.id;
  });
}

/**
 * Message, ledger row and events of a message whose key was claimed.
 * @param field path of what names the conversation, for refusals @returns what the trail tells of it
 */
export async function queueMessage(
  unit: UnitOfWork, { id, tenantId, userId, botId = null, composed }: NewMessage, conversationId: string, field: readonly string[],
): Promise<Pick<AuditDraft, 'resource' | 'after'>> {
  const byPerson = userId !== null;
  const { seq, inboxId, channel, countedUntil, status, bot, ...standing } = await takeSeq(unit, conversationId, id, byPerson);
  if (byPerson && bot !== null) await takeOver(unit, { id: conversationId, inboxId, status, botId: bot }, userId);
  await requireSending(unit, inboxId, field);
  await refuseBlocked(unit, conversationId, field);
  checkSendable(composed, channel);
  checkHindrance({ channel, ...standing }, composed.said.type, unit.now, field, byPerson);
  const replyTo = await answered(unit, composed, conversationId);
  const said = composed.said.content?.kind === 'template' ? await fillTemplate(unit, inboxId, composed.said.content)
    : composed.said.content?.kind === 'media' ? await takeFiles(unit, { inboxId, channel }, composed.said) : composed.said;
  await takeOutbound(unit, { id: conversationId, tenantId, countedUntil }, field);
  unit.tx.create(Message, {
    id, tenantId, conversationId, inboxId, seq, direction: 'OUTBOUND',
    ...said, status: 'QUEUED', authorKind: byPerson ? 'USER' : botId === null ? 'SYSTEM' : 'BOT', authorId: botId ?? userId, externalId: null, errorCode: null, errorTitle: null,
    replyTo, forwarded: false, referral: null, editedAt: null, deletedAt: null, raw: null, sentAt: unit.now, createdAt: unit.now,
  });
  await unit.tx.flush();
  if (said.content?.kind === 'media') await bindFiles(unit, id, composed.said, said.type);
  unit.tx.create(Outbound, {
    messageId: id, tenantId, conversationId, inboxId, seq, state: 'INTENT', attempts: 0, attemptedAt: null, nextAttemptAt: unit.now, refusal: null, turnAt: null, reactionTo: null, emoji: null, amends: null, change: null, changeText: null, createdAt: unit.now,
  });
  unit.emit(MessageAdded, { messageId: id, conversationId, inboxId }, { streamId: conversationId, groupId: inboxId });
  return { resource: { type: 'Message', id }, after: { conversation: encodeId('conv', conversationId), status: 'QUEUED' } };
}

/** The provider's id of the message that is answered. @throws Refusal InputInvalid unless it is of this conversation and the provider knows it */
async function answered({ tx }: UnitOfWork, { replyToId }: Composed, conversationId: string): Promise<string | null> {
  if (replyToId === null) return null;
  const known = await db(tx).selectFrom('Message').select('externalId').where('id', '=', replyToId).where('conversationId', '=', conversationId).executeTakeFirst();
  const field = ['input', 'replyToId'];
  if (!known) throw invalidInput('The message that is answered is not of this conversation.', field);
  if (known.externalId === null) throw invalidInput('The message that is answered has not reached the channel, which cannot name it.', field);
  return known.externalId;
}

/** Of everything the message says. That of a mere text stays what it was before there was more: its client may still repeat it. */
function hashOf({ said: { text, content }, replyToId }: Composed, target: readonly string[]): string {
  const rest = content === null && replyToId === null ? [] : [{ content, replyToId }];
  return createHash('sha256').update(JSON.stringify([...target, text, ...rest])).digest('hex');
}

/**
 * Takes the key, or finds who has it: a concurrent request waits here for the other's commit.
 * @param target what besides the message itself makes requests equal @returns the message of an equal earlier request
 */
export async function claimKey(unit: UnitOfWork, { id, tenantId, userId, composed, idempotencyKey }: PersonsMessage, target: readonly string[]): Promise<string | null> {
  const hash = hashOf(composed, target);
  const taken = await sql`
    insert into conversations.send_request (tenant_id, user_id, idempotency_key, request_hash, message_id, created_at)
    values (${tenantId}::uuid, ${userId}::uuid, ${idempotencyKey}, ${hash}, ${id}::uuid, ${unit.now})
    on conflict do nothing`.execute(unit.tx.getKysely());
  if (Number(taken.numAffectedRows ?? 0) === 1) return null;
  const known = await db(unit.tx).selectFrom('SendRequest').select(['requestHash', 'messageId'])
    .where('userId', '=', userId).where('idempotencyKey', '=', idempotencyKey).executeTakeFirstOrThrow();
  if (known.requestHash === hash) return known.messageId;
  throw new Refusal('IdempotencyMismatch', ErrorCode.IDEMPOTENCY_MISMATCH,
    'This idempotency key was used before for another message.', ['input', 'idempotencyKey']);
}

interface TakenPlace extends Standing {
  seq: number;
  inboxId: string;
  countedUntil: Date | null;
  status: ConversationStatus;
  /** Who was in charge. */
  bot: string | null;
}

/** The next number under the conversation's row lock. An agent's reply ends the customer's wait. */
async function takeSeq(unit: UnitOfWork, conversationId: string, messageId: string, byPerson: boolean): Promise<TakenPlace> {
  const result = await sql<TakenPlace>`
    update conversations.conversation set last_seq = last_seq + 1, last_message_id = ${messageId}::uuid, last_activity_at = ${unit.now}, ${replied(unit.now, byPerson)}
    where id = ${conversationId}::uuid returning last_seq as seq, status, bot_id as bot, inbox_id as "inboxId", counted_until as "countedUntil", ${lastWroteAt(sql`conversation.tenant_id`, sql`conversation.inbox_id`, sql`conversation.contact_id`)} as "lastInboundAt",
      ${optedOut(sql`conversation.tenant_id`, sql`conversation.inbox_id`, sql`conversation.contact_id`)} as "optedOut",
      (select i.channel from conversations.inbox i where i.tenant_id = conversation.tenant_id and i.id = conversation.inbox_id) as channel`.execute(unit.tx.getKysely());
  const row = result.rows[0];
  if (!row) throw new Refusal('ConversationNotFound', ErrorCode.NOT_FOUND, 'The conversation was not found.', ['input', 'conversationId']);
  return row;
}
