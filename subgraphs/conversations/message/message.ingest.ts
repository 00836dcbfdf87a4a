// One item of a delivery, in one transaction: a customer's message stored once, or a delivery report applied.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { InboundMessage } from '../channel/channel.port.js';
import { Contact } from '../contact/contact.entity.js';
import { Conversation, type ConversationStatus } from '../conversation/conversation.entity.js';
import { MessageAdded } from '../events.js';
import { db } from '../tables.js';
import { countInbound, type CountedConversation } from '../tenant-limit/tenant-limit.js';
import { Message } from './message.entity.js';

/** What an incoming message makes of its conversation. */
const ON_INBOUND: Record<ConversationStatus, ConversationStatus> = { OPEN: 'OPEN', PENDING: 'PENDING', SNOOZED: 'OPEN', RESOLVED: 'OPEN' };

export interface IngestTarget {
  tenantId: string;
  inboxId: string;
}

/** Stores `item` unless it is there already. @returns true when it was new */
export async function ingestMessage(unit: UnitOfWork, target: IngestTarget, item: InboundMessage): Promise<boolean> {
  if (await isStored(unit, target, item.externalId)) return false;
  const contactId = await lockContact(unit, target, item);
  // The identity row is locked now: whoever stored this message first has committed.
  if (await isStored(unit, target, item.externalId)) return false;
  const conversation = await lockConversation(unit, target, contactId);
  await countInbound(unit, conversation);
  const id = newId();
  const seq = await takeSeq(unit, conversation, id);
  unit.tx.create(Message, {
    id, tenantId: target.tenantId, conversationId: conversation.id, inboxId: target.inboxId, seq, direction: 'INBOUND', type: item.type,
    text: item.text, status: 'RECEIVED', authorKind: 'CONTACT', authorId: contactId, externalId: item.externalId, raw: item.raw,
    sentAt: item.sentAt, createdAt: unit.now, errorCode: null, errorTitle: null,
  });
  unit.emit(MessageAdded, { messageId: id, conversationId: conversation.id, inboxId: target.inboxId }, { streamId: conversation.id, groupId: target.inboxId });
  unit.audit({ action: 'message.receive', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Message', id } });
  return true;
}

async function isStored({ tx }: UnitOfWork, { inboxId }: IngestTarget, externalId: string): Promise<boolean> {
  const row = await db(tx).selectFrom('Message').select('id').where('inboxId', '=', inboxId).where('externalId', '=', externalId).executeTakeFirst();
  return row !== undefined;
}

/** Finds or creates the contact, and holds its identity row: all ingest of one person runs one after the other. */
async function lockContact(unit: UnitOfWork, { tenantId, inboxId }: IngestTarget, { contact }: InboundMessage): Promise<string> {
  const fresh = newId();
  const result = await sql<{ contact_id: string }>`
    insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, phone, created_at)
    values (${tenantId}::uuid, ${inboxId}::uuid, ${contact.externalId}, ${fresh}::uuid, ${contact.phone}, ${unit.now})
    on conflict (tenant_id, inbox_id, external_id) do update set phone = coalesce(excluded.phone, contact_identity.phone)
    returning contact_id`.execute(unit.tx.getKysely());
  const contactId = result.rows[0]?.contact_id ?? fresh;
  if (contactId === fresh) {
    unit.tx.create(Contact, { id: fresh, tenantId, name: contact.name, createdAt: unit.now });
    await unit.tx.flush();
  } else if (contact.name !== null) {
    await db(unit.tx).updateTable('Contact').set({ name: contact.name }).where('id', '=', contactId).where('name', 'is', null).execute();
  }
  return contactId;
}

interface LockedConversation extends CountedConversation {
  status: ConversationStatus;
}

async function lockConversation(unit: UnitOfWork, { tenantId, inboxId }: IngestTarget, contactId: string): Promise<LockedConversation> {
  const known = await db(unit.tx).selectFrom('Conversation').select(['id', 'tenantId', 'status', 'countedUntil'])
    .where('inboxId', '=', inboxId).where('contactId', '=', contactId).forUpdate().executeTakeFirst();
  if (known) return known;
  const id = newId();
  const counter = await sql<{ value: number }>`
    insert into conversations.tenant_counter (tenant_id, name, value) values (${tenantId}::uuid, 'conversation', 1)
    on conflict (tenant_id, name) do update set value = tenant_counter.value + 1 returning value`.execute(unit.tx.getKysely());
  const displayNumber = counter.rows[0]?.value;
  if (displayNumber === undefined) throw new Error('The conversation counter returned no number.');
  unit.tx.create(Conversation, {
    id, tenantId, inboxId, contactId, displayNumber, status: 'OPEN', assigneeId: null, lastSeq: 0, inboundCount: 0, lastMessageId: null,
    lastActivityAt: unit.now, waitingSince: unit.now, createdAt: unit.now, countedUntil: null, overQuota: false,
  });
  await unit.tx.flush();
  unit.audit({ action: 'conversation.open', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id } });
  return { id, tenantId, status: 'OPEN', countedUntil: null };
}

/** The next number of the conversation, under its row lock: gapless, and in commit order. */
async function takeSeq(unit: UnitOfWork, { id, status }: LockedConversation, messageId: string): Promise<number> {
  const result = await sql<{ last_seq: number }>`
    update conversations.conversation set last_seq = last_seq + 1, inbound_count = inbound_count + 1, last_message_id = ${messageId}::uuid,
      last_activity_at = ${unit.now}, status = ${ON_INBOUND[status]}, waiting_since = coalesce(waiting_since, ${unit.now})
    where id = ${id}::uuid returning last_seq`.execute(unit.tx.getKysely());
  const seq = result.rows[0]?.last_seq;
  if (seq === undefined) throw new Error(`Conversation ${id} vanished under its lock.`);
  return seq;
}
