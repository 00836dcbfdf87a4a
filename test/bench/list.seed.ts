// A tenant with many conversations and messages as they come to be over two years, and a few smaller ones beside it.
import type { Client } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';

export interface Seeded {
  tenant: string;
  conversations: number;
  messages: number;
  inboxes: string[];
  staff: string[];
  /** From one that every second conversation bears to one that a few do. */
  labels: string[];
  /** Has read nothing; what came lately but for every 200th; all but every 50,000th. */
  readers: { nothing: string; lately: string; nearlyAll: string };
}

const EACH = 10;
const CHUNK = 5_000;
const SPAN = `interval '700 days'`;
const OTHERS = 10;

/** A word of twenty thousand, the n-th of which is n times as rare as the first. */
const WORD = `'w' || floor(exp(random() * ln(20000)))::int`;
/** "hello" in all, others in one of so many; "campaign" in half of those that are older than a year, and in no other. */
const TEXT = `concat_ws(' ', 'hello', ${WORD}, ${WORD}, ${WORD}, ${WORD}, ${WORD}, ${WORD},
  case when random() < 0.1 then 'tenth' end, case when random() < 0.01 then 'hundredth' end, case when random() < 0.001 then 'thousandth' end, case when random() < 0.0001 then 'rarest' end,
  case when random() < 0.005 then 'order number' end, case when random() < 0.05 then 'order' end, ${WORD}, case when random() < 0.05 then 'number' end,
  case when age > interval '365 days' and random() < 0.5 then 'campaign' end)`;

/** Conversation \`c\` of \`$3\`, the later the lower, and its messages, each some days before the next. */
const CONVERSATIONS = `insert into conversations.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, assignee_id, last_seq, inbound_count, last_activity_at, waiting_since, created_at, priority)
  select $1::uuid, md5($1::uuid::text || 'c' || c)::uuid, ($6::uuid[])[1 + floor(5 * random() * random())::int], md5($1::uuid::text || 'p' || c)::uuid, $3::int - c + 1,
    case when c < $3::int / 20 and random() < 0.4 then 'OPEN' when c < $3::int / 20 and random() < 0.2 then 'PENDING' when random() < 0.002 then 'SNOOZED' else 'RESOLVED' end,
    case when random() < 0.6 then ($2::uuid[])[1 + floor(50 * random() * random())::int] end, ${EACH}, ${EACH}, now() - c * (${SPAN} / $3::int),
    case when c < $3::int / 20 and random() < 0.2 then now() - c * (${SPAN} / $3::int) end, now() - c * (${SPAN} / $3::int) - interval '30 days', case when random() < 0.05 then (array['LOW', 'MEDIUM', 'HIGH', 'URGENT'])[1 + floor(4 * random())::int] end
  from generate_series($4::int, $5::int) c`;
const CONTACTS = `insert into conversations.contact (tenant_id, id, name, created_at)
  select $1::uuid, md5($1::uuid::text || 'p' || c)::uuid, 'First' || floor(exp(random() * ln(500)))::int || ' Last' || floor(exp(random() * ln(5000)))::int, now() from generate_series($2::int, $3::int) c`;
const IDENTITIES = `insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, phone, created_at)
  select $1::uuid, $4::uuid, (4917000000000 + c)::text, md5($1::uuid::text || 'p' || c)::uuid, '+' || (4917000000000 + c), now() from generate_series($2::int, $3::int) c`;
const MESSAGES = `insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, external_id, raw, sent_at, created_at)
  select $1::uuid, uuidv7(- age), md5($1::uuid::text || 'c' || c)::uuid, $5::uuid, ${EACH} - s, 'INBOUND', 'TEXT', ${TEXT}, 'RECEIVED', 'CONTACT', md5($1::uuid::text || 'p' || c)::uuid, md5($1::uuid::text || c || '/' || s),
    '{"id": "wamid.HBgLMTU1NTAwMDExMTEVAgASGBQzQTdCN0Y3QUM2QzA5NkM5RTVBMwA=", "from": "15550001111", "type": "text", "timestamp": "1761000001"}', now() - age, now() - age
  from (select c, s, c * (${SPAN} / $2::int) + s * interval '3 days' * random() as age from generate_series($3::int, $4::int) c, generate_series(0, ${EACH - 1}) s order by age desc offset 0) m`;

export async function seed(admin: Client, conversations: number, say: (line: string) => void): Promise<Seeded> {
  const ids = (count: number): string[] => Array.from({ length: count }, () => newId());
  const world: Seeded = {
    tenant: newId(), conversations, messages: conversations * EACH, inboxes: ids(5), staff: ids(50), labels: ids(12),
    readers: { nothing: newId(), lately: newId(), nearlyAll: newId() },
  };
  // Foreign keys do not look, and indexes are made when all is there, as for a restored backup.
  await admin.query(`set session_replication_role = 'replica'`);
  await admin.query(`set maintenance_work_mem = '256MB'`);
  await admin.query(`set synchronous_commit = off`);
  const { rows: indexes } = await admin.query<{ name: string; made: string }>(`select indexname as name, indexdef as made from pg_indexes where schemaname = 'conversations' and indexdef like '%USING gin%'`);
  for (const { name } of indexes) await admin.query(`drop index conversations.${name}`);
  for (let n = 0; n < OTHERS; n += 1) await fill(admin, { ...world, tenant: newId() }, Math.ceil(conversations / 100), () => undefined);
  await fill(admin, world, conversations, say);
  await marks(admin, world);
  say('indexing words');
  for (const { made } of indexes) await admin.query(made);
  await admin.query('vacuum analyze');
  await admin.query('checkpoint');
  return world;
}

async function fill(admin: Client, { tenant, inboxes, staff }: Seeded, conversations: number, say: (line: string) => void): Promise<void> {
  await admin.query(`insert into conversations.inbox (tenant_id, id, key, name, channel, credentials, created_at)
    select $1::uuid, id, $1::uuid::text || n, 'Inbox ' || n, 'WHATSAPP', '', now() from unnest($2::uuid[]) with ordinality as inbox (id, n)`, [tenant, inboxes]);
  // The oldest first: rows lie in the table as they came.
  for (let last = conversations; last > 0; last -= CHUNK) {
    const first = Math.max(1, last - CHUNK + 1);
    await admin.query(CONTACTS, [tenant, first, last]);
    await admin.query(IDENTITIES, [tenant, first, last, inboxes[0]]);
    await admin.query(CONVERSATIONS, [tenant, staff, conversations, first, last, inboxes]);
    await admin.query(MESSAGES, [tenant, conversations, first, last, inboxes[0]]);
    say(`${conversations - first + 1} of ${conversations} conversations`);
  }
}

async function marks(admin: Client, { tenant, conversations, labels, readers }: Seeded): Promise<void> {
  for (const [n, label] of labels.entries()) {
    await admin.query(`insert into conversations.conversation_label (tenant_id, conversation_id, label_id, added_at) select tenant_id, id, $2::uuid, now() from conversations.conversation where tenant_id = $1 and random() < $3`, [tenant, label, 0.5 ** (n + 1)]);
  }
  const read = `insert into conversations.conversation_read (tenant_id, conversation_id, user_id, inbound_count, read_at) select tenant_id, id, $2::uuid, inbound_count, now() from conversations.conversation where tenant_id = $1 and`;
  await admin.query(`${read} display_number > $3 and display_number % 200 <> 0`, [tenant, readers.lately, Math.floor(conversations * 0.9)]);
  await admin.query(`${read} display_number % 50000 <> 77`, [tenant, readers.nearlyAll]);
}
