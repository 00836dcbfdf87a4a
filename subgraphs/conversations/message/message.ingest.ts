// A message that came in, stored once: the customer's, or one that the business wrote in the provider's own app.
import type { InferEntity } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { decodeId, newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { EchoedMessage, InboundMessage } from '../channel/inbound.items.js';
import { wantAssignment } from '../assignment/assignment.want.js';
import { attach } from '../attachment/attachment.keep.js';
import { takeBrought } from '../attachment/attachment.visitor.js';
import { takeOver } from '../bot/bot.hand.js';
import { holdBot } from '../bot/bot.note.js';
import { lockContactOf, type InboxOf } from '../contact/contact.identity.js';
import { lockConversation, type LockedConversation } from '../conversation/conversation.open.js';
import { replied, standing, TRANSITIONS } from '../conversation/conversation.states.js';
import { MessageAdded } from '../events.js';
import { db } from '../tables.js';
import { countInbound } from '../tenant-limit/tenant-limit.js';
import { amended, factsUnlessStored } from './message.amend.js';
import { settle } from './message.delivery.js';
import type { Message } from './message.entity.js';
import { lockReports } from './message.lock.js';

/** Stores `item` unless it is there already. @returns true when it was new */
export async function ingestMessage(unit: UnitOfWork, target: InboxOf, item: InboundMessage | EchoedMessage): Promise<boolean> {
  // Before the contact, as whoever notes the provider's answer to a send takes it before the message.
  if (item.kind === 'echo') await lockReports(unit, target.inboxId, item.externalId);
  const contactId = await lockContactOf(unit, target, item.contact, item.externalId, item.kind === 'message' ? writtenAt(unit, item) : null);
  if (contactId === null) return false;
  // The identity row is locked now: whoever stored this message first has committed.
  const facts = await factsUnlessStored(unit, target, item.externalId);
  if (facts === null) return false;
  const conversation = await lockConversation(unit, target, contactId, item.kind === 'echo' ? 'ECHO' : 'INBOUND');
  if (item.kind === 'echo' && await isOurs(unit, target, contactId, item)) return true;
  await countInbound(unit, conversation);
  const id = newId();
  const inbound = item.kind === 'message';
  const taken = inbound ? await inboundSeq(unit, target, conversation, id, writtenAt(unit, item)) : echoSeq(unit, conversation, id);
  const { deletedAt, ...said } = amended(await takeBrought(unit, target, item), facts);
  await store(unit, taken, {
    id, tenantId: target.tenantId, conversationId: conversation.id, inboxId: target.inboxId, direction: inbound ? 'INBOUND' : 'OUTBOUND', ...said, deletedAt,
    status: inbound ? 'RECEIVED' : 'SENT', authorKind: inbound ? 'CONTACT' : 'CHANNEL', authorId: inbound ? contactId : null, externalId: item.externalId,
    replyTo: item.replyTo, forwarded: item.forwarded, referral: item.referral, raw: deletedAt ? null : item.raw, sentAt: item.sentAt,
  });
  await attach(unit, { id, ...target }, said.type, said.content);
  unit.emit(MessageAdded, { messageId: id, conversationId: conversation.id, inboxId: target.inboxId }, { streamId: conversation.id, groupId: target.inboxId });
  if (!inbound) {
    if (conversation.botId !== null) await takeOver(unit, { ...conversation, inboxId: target.inboxId }, null);
    // Reports of it, and how far the customer has read, may have come first.
    await settle(unit, { id, tenantId: target.tenantId, conversationId: conversation.id, inboxId: target.inboxId, status: 'SENT', externalId: item.externalId }, item.externalId);
  }
  unit.audit({ action: inbound ? 'message.receive' : 'message.echo', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Message', id } });
  return true;
}

/** How far apart our clock's attempt and the provider's time of its echo may be. */
const ECHO_SPAN_MS = 15 * 60_000;

/** By our reference, or by its very words while nobody knows what became of it: then it is this one, and settled. */
async function isOurs(unit: UnitOfWork, { inboxId }: InboxOf, contactId: string, { text, externalId, clientReference, sentAt }: EchoedMessage): Promise<boolean> {
  const ours = clientReference === null ? null : decodeId('msg', clientReference);
  if (ours === null && text === null) return false;
  const unclear = db(unit.tx).selectFrom('Outbound').innerJoin('Message', 'Message.id', 'Outbound.messageId')
    .select(['Message.id as id', 'Message.tenantId as tenantId', 'Message.conversationId as conversationId', 'Message.inboxId as inboxId', 'Message.status as status', 'Message.externalId as externalId'])
    .where('Outbound.conversationId', 'in', db(unit.tx).selectFrom('Conversation').select('Conversation.id').where('contactId', '=', contactId).where('inboxId', '=', inboxId))
    .where('Message.externalId', 'is', null);
  const waiting = await (ours !== null
    ? unclear.where('Message.id', '=', ours)
    : unclear.where('Outbound.state', 'in', ['ATTEMPTED', 'UNCONFIRMED']).where('Message.text', '=', text)
      .where('Outbound.attemptedAt', '>', new Date(sentAt.getTime() - ECHO_SPAN_MS)).where('Outbound.attemptedAt', '<', new Date(sentAt.getTime() + ECHO_SPAN_MS)))
    .orderBy('Outbound.seq').limit(1).modifyEnd(sql`for update of message`).executeTakeFirst();
  return waiting !== undefined && settle(unit, waiting, externalId, 'SENT');
}

/** When the customer wrote, and no later than now; null for what the channel tells of them. */
export const writtenAt = ({ now }: UnitOfWork, { type, sentAt }: InboundMessage | EchoedMessage): Date | null => (type === 'SYSTEM' ? null : sentAt > now ? now : sentAt);

/** An `update` of the locked conversation that returns its next number: gapless, and in commit order. */
async function inboundSeq(unit: UnitOfWork, { inboxId }: InboxOf, { id, status: before, blocked }: LockedConversation, messageId: string, writtenAt: Date | null): Promise<RawBuilder<unknown>> {
  const bot = !blocked && before === 'RESOLVED' ? await holdBot(unit, inboxId) : null;
  const event = blocked ? 'BLOCKED_CONTACT_WROTE' : bot === null ? 'CONTACT_WROTE' : 'CONTACT_WROTE_TO_BOT';
  const status = TRANSITIONS[event][before] ?? before;
  if (status === 'OPEN' && before !== 'OPEN') await wantAssignment(unit, [inboxId]);
  return sql`
    update conversations.conversation set last_seq = last_seq + 1, inbound_count = inbound_count + 1, last_message_id = ${messageId}::uuid,
      last_activity_at = ${unit.now}, ${standing(event, status, { now: unit.now, bot })},
      last_inbound_at = greatest(last_inbound_at, ${writtenAt}::timestamptz)
    where id = ${id}::uuid returning last_seq`;
}

/** As a reply of staff: nobody waits any more, and nothing is unread. */
const echoSeq = ({ now }: UnitOfWork, { id }: LockedConversation, messageId: string): RawBuilder<unknown> => sql`
    update conversations.conversation set last_seq = last_seq + 1, last_message_id = ${messageId}::uuid, last_activity_at = ${now}, ${replied(now)}
    where id = ${id}::uuid returning last_seq`;

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));

type NewMessage = Omit<InferEntity<typeof Message>, 'seq' | 'createdAt' | 'errorCode' | 'errorTitle'>;

/** Number and row in one statement. A conversation that vanished under its lock has no number, and a message without one is refused. */
async function store({ tx, now }: UnitOfWork, taken: RawBuilder<unknown>, message: NewMessage): Promise<void> {
  await sql`with place as (${taken})
    insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, content, reply_to, forwarded, referral,
      edited_at, deleted_at, status, author_kind, author_id, external_id, raw, sent_at, created_at)
    values (${message.tenantId}, ${message.id}, ${message.conversationId}, ${message.inboxId}, (select last_seq from place), ${message.direction}, ${message.type}, ${message.text},
      ${json(message.content)}, ${message.replyTo}, ${message.forwarded}, ${json(message.referral)}, ${message.editedAt}, ${message.deletedAt}, ${message.status},
      ${message.authorKind}, ${message.authorId}, ${message.externalId}, ${json(message.raw)}, ${message.sentAt}, ${now})`.execute(tx.getKysely());
}
