// Messages of an inbox that came side by side, stored together: what is plain of all in a few statements, everything else one by one.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { broughtIn } from '../attachment/attachment.brought.js';
import { attach } from '../attachment/attachment.keep.js';
import type { InboundMessage } from '../channel/inbound.items.js';
import type { InboxOf } from '../contact/contact.identity.js';
import type { ConversationStatus } from '../conversation/conversation.entity.js';
import { TRANSITIONS } from '../conversation/conversation.states.js';
import { MessageAdded } from '../events.js';
import { ingestMessage, writtenAt } from './message.ingest.js';

/** A message, and the request that brought it. */
export interface ArrivedMessage {
  item: InboundMessage;
  correlationId: string;
}

interface Name {
  contactId: string;
  nameless: boolean;
}

interface Standing {
  id: string;
  contactId: string;
  status: ConversationStatus;
  seq: number;
  countedUntil: Date | null;
  blocked: boolean;
}

/** One that changes nothing but what every message changes, with its place. */
interface Plain extends ArrivedMessage {
  id: string;
  seq: number;
  conversationId: string;
  contactId: string;
}

/**
 * Locks in the order of all who take messages in: names, contacts, conversations; each kind in one order, so that of two such changes neither waits for the
 * other half way. @returns how many were new
 */
export async function ingestTogether(unit: UnitOfWork, target: InboxOf, arrived: readonly ArrivedMessage[]): Promise<number> {
  const names = await holdNames(unit, target, [...new Set(arrived.map(({ item }) => item.contact.externalId))]);
  // The names are held now: whoever stored one of these, or said something about one, has committed.
  const known = await lookUp(unit, target, arrived.map(({ item }) => item.externalId));
  const fresh = onceEach(arrived).filter(({ item }) => known.get(item.externalId) !== 'STORED');
  const contacts = [...new Set(fresh.flatMap(({ item }) => names.get(item.contact.externalId)?.contactId ?? []))];
  const standing = contacts.length === 0 ? new Map<string, Standing>() : await holdConversations(unit, target, contacts);
  const plain = (one: ArrivedMessage): boolean => {
    const { contact, externalId, content } = one.item;
    const name = names.get(contact.externalId);
    return name !== undefined && !(name.nameless && contact.name !== null) && !known.has(externalId) && broughtIn(content) === null && staysAsItIs(unit, standing.get(name.contactId));
  };
  // Of one person all are stored one way, for their order.
  const special = new Set(fresh.filter((one) => !plain(one)).map(({ item }) => names.get(item.contact.externalId)?.contactId ?? item.contact.externalId));
  const isSpecial = ({ item: { contact } }: ArrivedMessage): boolean => special.has(names.get(contact.externalId)?.contactId ?? contact.externalId);
  const placed = fresh.filter((one) => !isSpecial(one)).map((one): Plain => {
    const { contactId } = names.get(one.item.contact.externalId) as Name;
    const conversation = standing.get(contactId) as Standing;
    conversation.seq += 1;
    return { ...one, id: newId(), seq: conversation.seq, conversationId: conversation.id, contactId };
  });
  if (placed.length > 0) await store(unit, target, placed);
  let stored = placed.length;
  for (const { item, correlationId } of fresh.filter(isSpecial)) {
    unit.correlationId = correlationId;
    if (await ingestMessage(unit, target, item)) stored += 1;
  }
  return stored;
}

/** An inbox may be told the same twice in one breath. */
function onceEach(arrived: readonly ArrivedMessage[]): ArrivedMessage[] {
  const seen = new Set<string>();
  return arrived.filter(({ item: { externalId } }) => !seen.has(externalId) && seen.add(externalId));
}

/** What the customer writes neither begins, opens nor counts it. */
const staysAsItIs = ({ now }: UnitOfWork, known: Standing | undefined): boolean => known !== undefined && !known.blocked && known.status !== 'RESOLVED'
  && TRANSITIONS.CONTACT_WROTE[known.status] === known.status && known.countedUntil !== null && known.countedUntil > now;

async function holdNames({ tx }: UnitOfWork, { tenantId, inboxId }: InboxOf, wanted: readonly string[]): Promise<Map<string, Name>> {
  const { rows } = await sql<Name & { name: string }>`
    with held as materialized (select i.external_id, i.contact_id from conversations.contact_identity i
      where i.tenant_id = ${tenantId}::uuid and i.inbox_id = ${inboxId}::uuid and i.external_id = any (${wanted}::text[]) order by i.external_id for update)
    select held.external_id as name, held.contact_id as "contactId", c.name is null as nameless
    from held join conversations.contact c on c.tenant_id = ${tenantId}::uuid and c.id = held.contact_id`.execute(tx.getKysely());
  return new Map(rows.map(({ name, ...held }) => [name, held]));
}

/** Of those that are there, or about which something was said before they came. */
async function lookUp({ tx }: UnitOfWork, { tenantId, inboxId }: InboxOf, externalIds: readonly string[]): Promise<Map<string, 'STORED' | 'SAID'>> {
  const { rows } = await sql<{ externalId: string; stored: boolean }>`
    select k.external_id as "externalId", m.id is not null as stored from unnest(${[...new Set(externalIds)]}::text[]) as k (external_id)
    left join conversations.message m on m.tenant_id = ${tenantId}::uuid and m.inbox_id = ${inboxId}::uuid and m.external_id = k.external_id
    where m.id is not null or exists (select from conversations.message_amendment a
      where a.tenant_id = ${tenantId}::uuid and a.inbox_id = ${inboxId}::uuid and a.external_id = k.external_id and a.kind in ('EDIT', 'DELETION'))`.execute(tx.getKysely());
  return new Map(rows.map(({ externalId, stored }) => [externalId, stored ? 'STORED' : 'SAID']));
}

/** The one that goes on between each and the inbox, as it is under its lock. */
async function holdConversations({ tx }: UnitOfWork, { tenantId, inboxId }: InboxOf, contacts: readonly string[]): Promise<Map<string, Standing>> {
  const { rows } = await sql<Standing>`
    select c.id, c.contact_id as "contactId", c.status, c.last_seq as seq, c.counted_until as "countedUntil",
      (select t.blocked_at is not null from conversations.contact t where t.tenant_id = c.tenant_id and t.id = c.contact_id) as blocked
    from (select (select l.id from conversations.conversation l where l.tenant_id = ${tenantId}::uuid and l.inbox_id = ${inboxId}::uuid and l.contact_id = w.contact_id
      order by l.status = 'RESOLVED', l.id desc limit 1) as id from unnest(${contacts}::uuid[]) as w (contact_id)) latest
    join conversations.conversation c on c.tenant_id = ${tenantId}::uuid and c.id = latest.id
    order by c.id for update of c`.execute(tx.getKysely());
  return new Map(rows.map((row) => [row.contactId, row]));
}

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));
const time = (at: Date | null): string | null => at?.toISOString() ?? null;
const latest = (times: readonly (Date | null)[]): Date | null => times.reduce((last, at) => (last === null || (at !== null && at > last) ? at : last), null);

/** Rows, clocks and names in one statement, then what is told of each. */
async function store(unit: UnitOfWork, target: InboxOf, placed: readonly Plain[]): Promise<void> {
  const { now } = unit;
  const { tenantId, inboxId } = target;
  const written = (of: readonly Plain[]): Date | null => latest(of.map(({ item }) => writtenAt(unit, item)));
  const conversations = [...Map.groupBy(placed, ({ conversationId }) => conversationId)];
  const people = [...Map.groupBy(placed, ({ item }) => item.contact.externalId)];
  const of = <T>(value: (one: Plain) => T): T[] => placed.map(value);
  await sql`
    with moved as (
      update conversations.conversation c set last_seq = v.seq, inbound_count = c.inbound_count + v.added, last_message_id = v.message_id, last_activity_at = ${now}::timestamptz,
        waiting_since = coalesce(c.waiting_since, ${now}::timestamptz), last_inbound_at = greatest(c.last_inbound_at, v.written_at)
      from unnest(${conversations.map(([id]) => id)}::uuid[], ${conversations.map(([, those]) => those.at(-1)?.seq)}::int[], ${conversations.map(([, those]) => those.length)}::int[],
        ${conversations.map(([, those]) => those.at(-1)?.id)}::uuid[], ${conversations.map(([, those]) => time(written(those)))}::timestamptz[]) as v (id, seq, added, message_id, written_at)
      where c.tenant_id = ${tenantId}::uuid and c.id = v.id
    ), heard as (
      update conversations.contact_identity i set phone = coalesce(v.phone, i.phone), last_wrote_at = greatest(i.last_wrote_at, v.written_at)
      from unnest(${people.map(([name]) => name)}::text[], ${people.map(([, those]) => those.findLast(({ item }) => item.contact.phone !== null)?.item.contact.phone ?? null)}::text[],
        ${people.map(([, those]) => time(written(those)))}::timestamptz[]) as v (name, phone, written_at)
      where i.tenant_id = ${tenantId}::uuid and i.inbox_id = ${inboxId}::uuid and i.external_id = v.name
    )
    insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, content, reply_to, forwarded, referral, status, author_kind, author_id,
      external_id, raw, sent_at, created_at)
    select ${tenantId}::uuid, m.id, m.conversation_id, ${inboxId}::uuid, m.seq, 'INBOUND', m.type, m.text, m.content::jsonb, m.reply_to, m.forwarded, m.referral::jsonb, 'RECEIVED', 'CONTACT', m.author_id,
      m.external_id, m.raw::jsonb, m.sent_at, ${now}::timestamptz
    from unnest(${of(({ id }) => id)}::uuid[], ${of(({ conversationId }) => conversationId)}::uuid[], ${of(({ seq }) => seq)}::int[], ${of(({ item }) => item.type)}::text[], ${of(({ item }) => item.text)}::text[],
      ${of(({ item }) => json(item.content))}::text[], ${of(({ item }) => item.replyTo)}::text[], ${of(({ item }) => item.forwarded)}::boolean[], ${of(({ item }) => json(item.referral))}::text[],
      ${of(({ contactId }) => contactId)}::uuid[], ${of(({ item }) => item.externalId)}::text[], ${of(({ item }) => json(item.raw))}::text[], ${of(({ item }) => time(item.sentAt))}::timestamptz[])
      as m (id, conversation_id, seq, type, text, content, reply_to, forwarded, referral, author_id, external_id, raw, sent_at)`.execute(unit.tx.getKysely());
  for (const { id, conversationId, item, correlationId } of placed) {
    await attach(unit, { id, ...target }, item.type, item.content);
    unit.correlationId = correlationId;
    unit.emit(MessageAdded, { messageId: id, conversationId, inboxId }, { streamId: conversationId, groupId: inboxId });
    unit.audit({ action: 'message.receive', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Message', id } });
  }
}
