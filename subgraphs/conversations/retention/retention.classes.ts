// What of conversations is kept for so long and no longer. Ids are made in the order of time, so that what is old is a range of a primary key.
// Not here: consent outlives the contact (ADR 15), templates are what the provider showed last, and the pace of sending is tidied by the sweeper.
// Nor what says how the tenant works: labels, teams, integrations of its own (what they said of a contact goes with the contact, by the foreign key), who takes turns in an inbox, which bot serves it. Who left takes their part of it along (colleague/colleague.leave.ts).
import { sql, type RawBuilder } from 'kysely';
import { idFloor } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { detach } from '../attachment/attachment.keep.js';
import { PURGE_BATCH, type RetainedClass } from '../../kernel/messaging/retention.js';

type Found = (tenantId: string, before: Date) => RawBuilder<unknown>;

/** What is not sent, or waits for a person to decide about it, stays whatever its age. */
const MESSAGES: Found = (tenantId, before) => sql`conversations.message m where m.tenant_id = ${tenantId}::uuid and m.id < ${idFloor(before)}::uuid
  and not exists (select from conversations.outbound o where o.tenant_id = m.tenant_id and o.message_id = m.id and o.state in ('INTENT', 'ATTEMPTED', 'RETRY', 'UNCONFIRMED'))`;
const EMPTY: Found = (tenantId, before) => sql`conversations.conversation c where c.tenant_id = ${tenantId}::uuid and c.last_activity_at < ${before}
  and not exists (select from conversations.message m where m.tenant_id = c.tenant_id and m.conversation_id = c.id)
  and not exists (select from conversations.note n where n.tenant_id = c.tenant_id and n.conversation_id = c.id)`;
const NOTES: Found = (tenantId, before) => sql`conversations.note n where n.tenant_id = ${tenantId}::uuid and n.id < ${idFloor(before)}::uuid and n.conversation_id is not null`;
/** A contact with all that were merged into it, and into those. */
const PERSON = sql`(with recursive part(id) as (select t.id union all
  select m.id from conversations.contact m join part on m.merged_into = part.id where m.tenant_id = t.tenant_id) select id from part)`;
/** Those of one person go together: a merge can be undone as long as there is something to be undone. */
const PEOPLE: Found = (tenantId, before) => sql`conversations.contact t where t.tenant_id = ${tenantId}::uuid and t.id < ${idFloor(before)}::uuid and t.merged_into is null
  and not exists (select from conversations.conversation c where c.tenant_id = t.tenant_id and c.contact_id = t.id)
  and not exists (select from ${PERSON} p where p.id >= ${idFloor(before)}::uuid)`;
const CONTACTS: Found = (tenantId, before) => sql`(select t.tenant_id, t.id from ${PEOPLE(tenantId, before)}) t cross join lateral ${PERSON} p`;
const DELIVERIES: Found = (tenantId, before) => sql`conversations.webhook_delivery d where d.tenant_id = ${tenantId}::uuid and d.id < ${idFloor(before)}::uuid
  and d.status <> 'RECEIVED'`;

async function counted(tx: Tx, found: RawBuilder<unknown>, most: number): Promise<number> {
  const { rows: [row] } = await sql<{ n: number }>`select count(*)::int as n from (select from ${found} limit ${most}) as few`.execute(tx.getKysely());
  return row?.n ?? 0;
}

/** Locks a batch of what is found, passing over what others hold. */
async function taken(tx: Tx, columns: string, found: RawBuilder<unknown>): Promise<Record<string, string | null>[]> {
  const { rows } = await sql<Record<string, string | null>>`select ${sql.raw(columns)} from ${found} order by 1 limit ${PURGE_BATCH} for update skip locked`.execute(tx.getKysely());
  return rows;
}

async function purgeMessages(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const messages = await taken(tx, 'm.id, m.conversation_id as conversation, m.inbox_id as inbox, m.external_id as external', MESSAGES(tenantId, before));
  if (messages.length === 0) {
    await purgeFacts(tx, tenantId, before);
    await purgeReminders(tx, tenantId, before);
    return 0;
  }
  const kysely = tx.getKysely();
  const ids = messages.map(({ id }) => id);
  const known = messages.filter(({ external }) => external !== null);
  await sql`delete from conversations.outbound where tenant_id = ${tenantId}::uuid and (message_id = any (${ids}::uuid[]) or reaction_to = any (${ids}::uuid[]) or amends = any (${ids}::uuid[]))`.execute(kysely);
  await sql`delete from conversations.send_request where tenant_id = ${tenantId}::uuid and message_id = any (${ids}::uuid[])`.execute(kysely);
  await sql`delete from conversations.bot_request where tenant_id = ${tenantId}::uuid and message_id = any (${ids}::uuid[])`.execute(kysely);
  for (const facts of ['delivery_status', 'message_amendment']) {
    await sql`delete from conversations.${sql.raw(facts)} s using unnest(${known.map(({ inbox }) => inbox)}::uuid[], ${known.map(({ external }) => external)}::text[]) gone(inbox, external)
      where s.tenant_id = ${tenantId}::uuid and s.inbox_id = gone.inbox and s.external_id = gone.external`.execute(kysely);
  }
  await detach(tx, tenantId, ids, new Date());
  await sql`delete from conversations.message where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(kysely);
  // `last_seq` goes on: a number is never given twice. Whoever writes meanwhile has put their own message there.
  await sql`update conversations.conversation set last_message_id = null where tenant_id = ${tenantId}::uuid
    and id in (select id from conversations.conversation where tenant_id = ${tenantId}::uuid and id = any (${[...new Set(messages.map(({ conversation }) => conversation))]}::uuid[]) order by id for update)
    and last_message_id = any (${ids}::uuid[])`.execute(kysely);
  return ids.length;
}

/** What was told of messages that are not here: they never came, or have gone already. */
async function purgeFacts(tx: Tx, tenantId: string, before: Date): Promise<void> {
  for (const facts of ['delivery_status', 'message_amendment']) {
    await sql`delete from conversations.${sql.raw(facts)} where ctid = any (array (select s.ctid from conversations.${sql.raw(facts)} s
      where s.tenant_id = ${tenantId}::uuid and s.occurred_at < ${before}
        and not exists (select from conversations.message m where m.tenant_id = s.tenant_id and m.inbox_id = s.inbox_id and m.external_id = s.external_id) limit ${PURGE_BATCH}))`.execute(tx.getKysely());
  }
  // What was told of people whom nobody knows; that of the others goes with them.
  await sql`delete from conversations.contact_watermark where ctid = any (array (select k.ctid from conversations.contact_watermark k
    where k.tenant_id = ${tenantId}::uuid and k.up_to < ${before}
      and not exists (select from conversations.contact_identity i where i.tenant_id = k.tenant_id and i.inbox_id = k.inbox_id and i.external_id = k.external_id) limit ${PURGE_BATCH}))`.execute(tx.getKysely());
}

/** What was done about reminders of visits that are over. */
async function purgeReminders(tx: Tx, tenantId: string, before: Date): Promise<void> {
  await sql`delete from conversations.guest_reminder where ctid = any (array (select r.ctid from conversations.guest_reminder r
    where r.tenant_id = ${tenantId}::uuid and r.starts_at < ${before} limit ${PURGE_BATCH}))`.execute(tx.getKysely());
}

async function purgeNotes(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const ids = (await taken(tx, 'n.id', NOTES(tenantId, before))).map(({ id }) => id);
  if (ids.length === 0) return 0;
  await sql`delete from conversations.note_mention where tenant_id = ${tenantId}::uuid and note_id = any (${ids}::uuid[])`.execute(tx.getKysely());
  await sql`delete from conversations.note where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(tx.getKysely());
  return ids.length;
}

async function purgeEmpty(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const ids = (await taken(tx, 'c.id', EMPTY(tenantId, before))).map(({ id }) => id);
  if (ids.length === 0) return 0;
  for (const marks of ['conversation_read', 'watermark', 'conversation_label']) {
    await sql`delete from conversations.${sql.raw(marks)} where tenant_id = ${tenantId}::uuid and conversation_id = any (${ids}::uuid[])`.execute(tx.getKysely());
  }
  await sql`delete from conversations.conversation where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(tx.getKysely());
  return ids.length;
}

/** Names first, then contacts, as everybody does; passes over those of whom others hold anything. */
async function holdFree(tx: Tx, tenantId: string, ids: readonly string[]): Promise<Set<string>> {
  const { rows: busy } = await sql<{ id: string }>`with free as (select inbox_id, external_id from conversations.contact_identity
      where tenant_id = ${tenantId}::uuid and contact_id = any (${[...ids]}::uuid[]) order by inbox_id, external_id for update skip locked)
    select distinct i.contact_id as id from conversations.contact_identity i where i.tenant_id = ${tenantId}::uuid and i.contact_id = any (${[...ids]}::uuid[])
      and not exists (select from free f where f.inbox_id = i.inbox_id and f.external_id = i.external_id)`.execute(tx.getKysely());
  const named = new Set(busy.map(({ id }) => id));
  const { rows } = await sql<{ id: string }>`select id from conversations.contact where tenant_id = ${tenantId}::uuid and id = any (${ids.filter((id) => !named.has(id))}::uuid[])
    order by id for update skip locked`.execute(tx.getKysely());
  return new Set(rows.map(({ id }) => id));
}

async function purgeContacts(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const people = async (only: readonly string[] | null): Promise<Map<string, string[]>> => {
    const { rows } = await sql<{ root: string; id: string }>`select t.id as root, p.id from (select t.tenant_id, t.id from ${PEOPLE(tenantId, before)}
      ${only === null ? sql`` : sql`and t.id = any (${[...only]}::uuid[])`} order by t.id limit ${PURGE_BATCH}) t cross join lateral ${PERSON} p`.execute(tx.getKysely());
    return new Map([...Map.groupBy(rows, ({ root }) => root)].map(([root, parts]) => [root, parts.map(({ id }) => id)]));
  };
  const found = await people(null);
  const held = await holdFree(tx, tenantId, [...found.values()].flat());
  // As they are now that nobody writes, begins a conversation or merges.
  const ids = [...(await people([...found.keys()])).values()].filter((parts) => parts.every((id) => held.has(id))).flat();
  if (ids.length === 0) return 0;
  await sql`delete from conversations.contact_watermark k using conversations.contact_identity i where i.tenant_id = ${tenantId}::uuid and i.contact_id = any (${ids}::uuid[])
    and k.tenant_id = i.tenant_id and k.inbox_id = i.inbox_id and k.external_id = i.external_id`.execute(tx.getKysely());
  // What was noted of them goes with them, however young it is.
  await sql`delete from conversations.note_mention where tenant_id = ${tenantId}::uuid and note_id in (
    select id from conversations.note where tenant_id = ${tenantId}::uuid and contact_id = any (${ids}::uuid[]))`.execute(tx.getKysely());
  await sql`delete from conversations.note where tenant_id = ${tenantId}::uuid and contact_id = any (${ids}::uuid[])`.execute(tx.getKysely());
  await sql`delete from conversations.contact_identity where tenant_id = ${tenantId}::uuid and contact_id = any (${ids}::uuid[])`.execute(tx.getKysely());
  await sql`delete from conversations.contact_merge where tenant_id = ${tenantId}::uuid and (merged_id = any (${ids}::uuid[]) or kept_id = any (${ids}::uuid[]))`.execute(tx.getKysely());
  await sql`delete from conversations.contact where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(tx.getKysely());
  return ids.length;
}

async function purgeDeliveries(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const ids = (await taken(tx, 'd.id', DELIVERIES(tenantId, before))).map(({ id }) => id);
  if (ids.length > 0) await sql`delete from conversations.webhook_replay where tenant_id = ${tenantId}::uuid and delivery_id = any (${ids}::uuid[])`.execute(tx.getKysely());
  if (ids.length > 0) await sql`delete from conversations.webhook_delivery where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(tx.getKysely());
  return ids.length;
}

/** In the order in which one makes room for the next: a conversation goes when it has no message, a contact when it has no conversation. */
export const CONVERSATION_CLASSES: readonly RetainedClass[] = [
  { name: 'MESSAGES', count: (tx, tenantId, before, most) => counted(tx, MESSAGES(tenantId, before), most), purge: purgeMessages },
  { name: 'NOTES', count: (tx, tenantId, before, most) => counted(tx, NOTES(tenantId, before), most), purge: purgeNotes },
  { name: 'CONVERSATIONS', count: (tx, tenantId, before, most) => counted(tx, EMPTY(tenantId, before), most), purge: purgeEmpty },
  { name: 'CONTACTS', count: (tx, tenantId, before, most) => counted(tx, CONTACTS(tenantId, before), most), purge: purgeContacts },
  { name: 'WEBHOOK_DELIVERIES', count: (tx, tenantId, before, most) => counted(tx, DELIVERIES(tenantId, before), most), purge: purgeDeliveries },
];
