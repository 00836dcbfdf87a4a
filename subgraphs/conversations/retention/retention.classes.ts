// What of conversations is kept for so long and no longer. Ids are made in the order of time, so that what is old is a range of a primary key.
// Not here: consent outlives the contact (ADR 15), templates are what the provider showed last, and the pace of sending is tidied by the sweeper.
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
  and not exists (select from conversations.message m where m.tenant_id = c.tenant_id and m.conversation_id = c.id)`;
const CONTACTS: Found = (tenantId, before) => sql`conversations.contact t where t.tenant_id = ${tenantId}::uuid and t.id < ${idFloor(before)}::uuid
  and not exists (select from conversations.conversation c where c.tenant_id = t.tenant_id and c.contact_id = t.id)`;
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
    return 0;
  }
  const kysely = tx.getKysely();
  const ids = messages.map(({ id }) => id);
  const known = messages.filter(({ external }) => external !== null);
  await sql`delete from conversations.outbound where tenant_id = ${tenantId}::uuid and message_id = any (${ids}::uuid[])`.execute(kysely);
  await sql`delete from conversations.send_request where tenant_id = ${tenantId}::uuid and message_id = any (${ids}::uuid[])`.execute(kysely);
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
}

async function purgeEmpty(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const ids = (await taken(tx, 'c.id', EMPTY(tenantId, before))).map(({ id }) => id);
  if (ids.length === 0) return 0;
  for (const marks of ['conversation_read', 'watermark']) {
    await sql`delete from conversations.${sql.raw(marks)} where tenant_id = ${tenantId}::uuid and conversation_id = any (${ids}::uuid[])`.execute(tx.getKysely());
  }
  await sql`delete from conversations.conversation where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(tx.getKysely());
  return ids.length;
}

async function purgeContacts(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const ids = (await taken(tx, 't.id', CONTACTS(tenantId, before))).map(({ id }) => id);
  if (ids.length === 0) return 0;
  await sql`delete from conversations.contact_identity where tenant_id = ${tenantId}::uuid and contact_id = any (${ids}::uuid[])`.execute(tx.getKysely());
  await sql`delete from conversations.contact where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(tx.getKysely());
  return ids.length;
}

async function purgeDeliveries(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const ids = (await taken(tx, 'd.id', DELIVERIES(tenantId, before))).map(({ id }) => id);
  if (ids.length > 0) await sql`delete from conversations.webhook_delivery where tenant_id = ${tenantId}::uuid and id = any (${ids}::uuid[])`.execute(tx.getKysely());
  return ids.length;
}

/** In the order in which one makes room for the next: a conversation goes when it has no message, a contact when it has no conversation. */
export const CONVERSATION_CLASSES: readonly RetainedClass[] = [
  { name: 'MESSAGES', count: (tx, tenantId, before, most) => counted(tx, MESSAGES(tenantId, before), most), purge: purgeMessages },
  { name: 'CONVERSATIONS', count: (tx, tenantId, before, most) => counted(tx, EMPTY(tenantId, before), most), purge: purgeEmpty },
  { name: 'CONTACTS', count: (tx, tenantId, before, most) => counted(tx, CONTACTS(tenantId, before), most), purge: purgeContacts },
  { name: 'WEBHOOK_DELIVERIES', count: (tx, tenantId, before, most) => counted(tx, DELIVERIES(tenantId, before), most), purge: purgeDeliveries },
];
