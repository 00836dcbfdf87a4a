// "Everything up to here": what was sent to a customer until a moment has been received or read, whatever single reports say.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Watermark } from '../channel/inbound.items.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { db } from '../tables.js';
import { settle, type SettledMessage } from './message.delivery.js';
import { holdPerson, keepMark, marksOf, type Mark } from './message.watermark.kept.js';
import { lockName } from './message.lock.js';
import { advance } from './message.status.js';

interface Sent extends SettledMessage {
  seq: number;
  /** Null for what was not sent by us. */
  underWay: boolean | null;
  covered: boolean;
}

/** Kept, whoever it is of, and applied to what is there. @returns true when it reached further than the one before */
export async function applyWatermark(unit: UnitOfWork, target: InboxOf, { contact: { externalId }, state, upTo: told }: Watermark): Promise<boolean> {
  // A moment to come would hold for what is not sent yet.
  const mark: Mark = { state, upTo: told > unit.now ? unit.now : told };
  await holdPerson(unit, target, externalId);
  if (!await keepMark(unit, target, externalId, mark)) return false;
  await applyToPerson(unit, target, externalId, mark);
  return true;
}

/** What was told of this name before a contact of ours was known by it. Whoever asks has just made them so. */
export async function applyKept(unit: UnitOfWork, target: InboxOf, externalId: string): Promise<void> {
  await lockName(unit, target.inboxId, externalId);
  for (const mark of await marksOf(unit, target, externalId)) await applyToPerson(unit, target, externalId, mark);
}

/**
 * It is about everything between the inbox and the person, whatever conversation that is in: those in which something is not told so
 * yet, and the one that goes on, for what may come late. One that begins later begins with what is kept.
 */
async function applyToPerson(unit: UnitOfWork, { tenantId, inboxId }: InboxOf, externalId: string, mark: Mark): Promise<void> {
  const { rows: conversations } = await sql<{ id: string }>`
    select c.id from (
      select c.tenant_id, c.id, row_number() over (order by c.status = 'RESOLVED', c.id desc) as place
      from conversations.contact_identity i join conversations.conversation c on c.tenant_id = i.tenant_id and c.contact_id = i.contact_id and c.inbox_id = i.inbox_id
      where i.tenant_id = ${tenantId}::uuid and i.inbox_id = ${inboxId}::uuid and i.external_id = ${externalId}
    ) c
    where c.place = 1 or exists (select from conversations.message m where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.direction = 'OUTBOUND'
      and m.seq > coalesce((select w.seq from conversations.watermark w where w.tenant_id = c.tenant_id and w.conversation_id = c.id and w.state = ${mark.state}), 0))
    order by c.id`.execute(unit.tx.getKysely());
  for (const conversation of conversations) await applyTo(unit, { tenantId, conversation }, mark);
}

async function applyTo(unit: UnitOfWork, { tenantId, conversation }: { tenantId: string; conversation: { id: string } }, { state, upTo }: Mark): Promise<void> {
  await db(unit.tx).insertInto('Watermark').values({ tenantId, conversationId: conversation.id, state, upTo: new Date(0), seq: 0 })
    .onConflict((conflict) => conflict.doNothing()).execute();
  const known = await db(unit.tx).selectFrom('Watermark').select(['upTo', 'seq']).where('conversationId', '=', conversation.id).where('state', '=', state)
    .forUpdate().executeTakeFirstOrThrow();
  if (upTo <= known.upTo) return;
  // In order of their places, and holding each: one whose answer is just being noted is seen here, or sees the watermark.
  const { rows: messages } = await sql<Sent>`
    select m.id, m.tenant_id as "tenantId", m.conversation_id as "conversationId", m.inbox_id as "inboxId", m.status, m.external_id as "externalId", m.seq,
      o.state = 'ATTEMPTED' as "underWay", coalesce(o.attempted_at, m.sent_at) <= ${upTo} and (o.message_id is null or o.attempted_at is not null) as covered
    from conversations.message m left join conversations.outbound o on o.tenant_id = m.tenant_id and o.message_id = m.id
    where m.tenant_id = ${tenantId}::uuid and m.conversation_id = ${conversation.id}::uuid and m.seq > ${known.seq} and m.direction = 'OUTBOUND'
    order by m.seq for update of m`.execute(unit.tx.getKysely());
  // What is still under way, or was sent later, is looked at again by the next watermark.
  const open = messages.find(({ covered, underWay }) => !covered || underWay === true);
  await db(unit.tx).updateTable('Watermark').set({ upTo, seq: (open ? open.seq - 1 : messages.at(-1)?.seq) ?? known.seq })
    .where('conversationId', '=', conversation.id).where('state', '=', state).execute();
  for (const { covered, externalId, ...message } of messages) {
    if (covered && externalId !== null && advance(message.status, [state]) !== message.status) await settle(unit, { ...message, externalId }, externalId);
  }
}
