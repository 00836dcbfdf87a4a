// The conversation that goes on between a contact and an inbox: found, or begun, and held. Whoever asks holds the contact's identity.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { wantAssignment } from '../assignment/assignment.want.js';
import { holdBot } from '../bot/bot.note.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { beginMarks } from '../message/message.watermark.kept.js';
import { db } from '../tables.js';
import type { CountedConversation } from '../tenant-limit/tenant-limit.js';
import type { ConversationStatus } from './conversation.entity.js';
import { lastWroteAt } from './conversation.window.js';

export interface LockedConversation extends CountedConversation {
  status: ConversationStatus;
  botId: string | null;
  /** Of somebody who is blocked: what they write is kept, and waits for nobody. */
  blocked: boolean;
  /** It begins now. */
  begun: boolean;
}

/** Who asks: for what somebody wrote, for what the business wrote in the provider's own app, or for staff who begin. */
export type Asking = 'INBOUND' | 'ECHO' | 'START';

/**
 * The open one; else the latest resolved one, where the inbox lets a resolved one go on; else a new one. Only who writes anew begins
 * anew: not a copy of what the business wrote, and nobody who is blocked. Nobody waits in a new one until a message says so.
 */
export async function lockConversation(unit: UnitOfWork, target: InboxOf, contactId: string, asking: Asking): Promise<LockedConversation> {
  const known = await held(unit, target, contactId);
  if (known && !(known.status === 'RESOLVED' && known.beginsAnew && !known.blocked && asking !== 'ECHO')) return known;
  const { tenantId, inboxId } = target;
  const id = newId();
  const blocked = known ? known.blocked : await isBlocked(unit, contactId);
  // Whom staff write to first is theirs.
  const botId = blocked || asking !== 'INBOUND' ? null : await holdBot(unit, inboxId);
  const status = blocked ? 'RESOLVED' : botId === null ? 'OPEN' : 'PENDING';
  const made = await db(unit.tx).insertInto('Conversation').values({
    id, tenantId, inboxId, contactId, displayNumber: await nextNumber(unit, tenantId), status, assigneeId: null, lastSeq: 0, inboundCount: 0, lastMessageId: null,
    lastActivityAt: unit.now, waitingSince: null, createdAt: unit.now, countedUntil: null, overQuota: false,
    attributes: '{}' as never,
    teamId: null, botId,
    priority: null, snoozedUntil: null, firstReplyAt: null, resolvedAt: blocked ? unit.now : null,
    lastInboundAt: lastWroteAt(sql`${tenantId}::uuid`, sql`${inboxId}::uuid`, sql`${contactId}::uuid`),
  }).onConflict((conflict) => conflict.doNothing()).executeTakeFirst();
  if (Number(made.numInsertedOrUpdatedRows ?? 0) === 0) {
    // By another name of the same contact, which got its number after this one had looked.
    const other = await held(unit, target, contactId);
    if (!other) throw new Error('A conversation was there and is not.');
    return other;
  }
  await beginMarks(unit, target, contactId, id);
  if (status === 'OPEN') await wantAssignment(unit, [inboxId]);
  unit.audit({ action: 'conversation.open', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id } });
  return { id, tenantId, status, botId, blocked, begun: true, countedUntil: null };
}

interface Held extends LockedConversation {
  /** A resolved one does not go on in its inbox. */
  beginsAnew: boolean;
}

/** Staff may resolve it meanwhile: its status is that under the lock. */
async function held({ tx }: UnitOfWork, { tenantId, inboxId }: InboxOf, contactId: string): Promise<Held | null> {
  const { rows: [known] } = await sql<Omit<Held, 'begun'>>`
    select c.id, c.tenant_id as "tenantId", c.status, c.bot_id as "botId", c.counted_until as "countedUntil",
      (select i.reopen = 'NEW' from conversations.inbox i where i.tenant_id = c.tenant_id and i.id = c.inbox_id) as "beginsAnew",
      (select t.blocked_at is not null from conversations.contact t where t.tenant_id = c.tenant_id and t.id = c.contact_id) as blocked
    from conversations.conversation c where c.tenant_id = ${tenantId}::uuid and c.contact_id = ${contactId}::uuid and c.inbox_id = ${inboxId}::uuid
    order by c.status = 'RESOLVED', c.id desc limit 1 for update of c`.execute(tx.getKysely());
  return known ? { ...known, begun: false } : null;
}

async function isBlocked({ tx }: UnitOfWork, contactId: string): Promise<boolean> {
  const contact = await db(tx).selectFrom('Contact').select('blockedAt').where('id', '=', contactId).executeTakeFirst();
  return contact !== undefined && contact.blockedAt !== null;
}

async function nextNumber({ tx }: UnitOfWork, tenantId: string): Promise<number> {
  const counter = await sql<{ value: number }>`
    insert into conversations.tenant_counter (tenant_id, name, value) values (${tenantId}::uuid, 'conversation', 1)
    on conflict (tenant_id, name) do update set value = tenant_counter.value + 1 returning value`.execute(tx.getKysely());
  const value = counter.rows[0]?.value;
  if (value === undefined) throw new Error('The conversation counter returned no number.');
  return value;
}
