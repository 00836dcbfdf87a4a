// The one conversation of a contact in an inbox: found, or begun, and held. Whoever asks holds the contact's identity.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { db } from '../tables.js';
import type { CountedConversation } from '../tenant-limit/tenant-limit.js';
import type { ConversationStatus } from './conversation.entity.js';

export interface LockedConversation extends CountedConversation {
  status: ConversationStatus;
  /** It begins now. */
  begun: boolean;
}

/** Nobody waits in a new one until a message says so. */
export async function lockConversation(unit: UnitOfWork, target: InboxOf, contactId: string): Promise<LockedConversation> {
  const known = await held(unit, target, contactId);
  if (known) return known;
  const { tenantId, inboxId } = target;
  const id = newId();
  const made = await db(unit.tx).insertInto('Conversation').values({
    id, tenantId, inboxId, contactId, displayNumber: await nextNumber(unit, tenantId), status: 'OPEN', assigneeId: null, lastSeq: 0, inboundCount: 0, lastMessageId: null,
    lastActivityAt: unit.now, waitingSince: null, createdAt: unit.now, countedUntil: null, overQuota: false,
    lastInboundAt: null,
  }).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  if (Number(made.numInsertedOrUpdatedRows ?? 0) === 0) {
    // By another name of the same contact, which got its number after this one had looked.
    const other = await held(unit, target, contactId);
    if (!other) throw new Error('A conversation was there and is not.');
    return other;
  }
  unit.audit({ action: 'conversation.open', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id } });
  return { id, tenantId, status: 'OPEN', begun: true, countedUntil: null };
}

async function held({ tx }: UnitOfWork, { inboxId }: InboxOf, contactId: string): Promise<LockedConversation | null> {
  const known = await db(tx).selectFrom('Conversation').select(['id', 'tenantId', 'status', 'countedUntil'])
    .where('inboxId', '=', inboxId).where('contactId', '=', contactId).forUpdate().executeTakeFirst();
  return known ? { ...known, begun: false } : null;
}

async function nextNumber({ tx }: UnitOfWork, tenantId: string): Promise<number> {
  const counter = await sql<{ value: number }>`
    insert into conversations.tenant_counter (tenant_id, name, value) values (${tenantId}::uuid, 'conversation', 1)
    on conflict (tenant_id, name) do update set value = tenant_counter.value + 1 returning value`.execute(tx.getKysely());
  const value = counter.rows[0]?.value;
  if (value === undefined) throw new Error('The conversation counter returned no number.');
  return value;
}
