// What is stored of one run of the corpus, without what may differ by right, and what contradicts the corpus, the provider or another run.
import type { SentMessage } from '../../ops/standins/meta-graph.js';
import { type Corpus } from './exactly-once.corpus.js';
import { CHANNELS, type CorpusChannel } from './exactly-once.shapes.js';
import type { OnceWorld, Run } from './exactly-once.world.js';
import { countBy, twice } from './faults.evidence.js';

/** Of every row: ids of ours, and when we were told. */
const OURS = ['id', 'tenant_id', 'inbox_id', 'created_at'];

/** By table: what depends on the order in which things were told, or on the moment, and is asked about by itself where it matters. */
const BY_RIGHT: Record<string, readonly string[]> = {
  // The place in the conversation; who wrote is the conversation's contact.
  message: ['conversation_id', 'author_id', 'seq'],
  // Which month it was counted in, and when it was answered, are of our own clock.
  conversation: ['contact_id', 'display_number', 'last_message_id', 'last_activity_at', 'waiting_since', 'counted_until', 'first_reply_at'],
  contact: [],
  // What came under two numbers was written from the one that was told first.
  contact_identity: ['contact_id', 'last_wrote_at'],
  message_amendment: [],
  delivery_status: [],
  // Up to which place the messages were told.
  watermark: ['conversation_id', 'seq'],
  contact_watermark: [],
};
/** Of what staff wrote: the provider's id and moment of the attempt are new each time. */
const OF_A_SEND = ['external_id', 'status', 'sent_at', 'error_code', 'error_title'];

const PEOPLE = `(select string_agg(n.external_id, '+' order by n.external_id) from conversations.contact_identity n
  where n.inbox_id = $1 and n.contact_id = c.contact_id)`;
const CONVERSATION = `join conversations.conversation c on c.tenant_id = r.tenant_id and c.id = r.conversation_id where c.inbox_id = $1`;

/** `$1` is the inbox. The people of a conversation stand for it. */
const ROWS: Record<string, string> = {
  message: `select to_jsonb(r) as row, ${PEOPLE} as people from conversations.message r ${CONVERSATION}`,
  conversation: `select to_jsonb(c) as row, ${PEOPLE} as people from conversations.conversation c where c.inbox_id = $1`,
  contact: `select to_jsonb(r) as row, ${PEOPLE} as people from conversations.contact r
    join (select distinct tenant_id, contact_id from conversations.contact_identity where inbox_id = $1) c on c.tenant_id = r.tenant_id and c.contact_id = r.id`,
  contact_identity: `select to_jsonb(c) as row, ${PEOPLE} as people from conversations.contact_identity c where c.inbox_id = $1`,
  message_amendment: `select to_jsonb(r) as row from conversations.message_amendment r where r.inbox_id = $1`,
  // What is reported of a send bears an id that the provider made up.
  delivery_status: `select to_jsonb(r) as row from conversations.delivery_status r where r.inbox_id = $1 and not exists (
    select from conversations.message m where m.tenant_id = r.tenant_id and m.inbox_id = r.inbox_id and m.external_id = r.external_id and m.author_kind = 'USER')`,
  watermark: `select to_jsonb(r) as row, ${PEOPLE} as people from conversations.watermark r ${CONVERSATION}`,
  contact_watermark: 'select to_jsonb(r) as row from conversations.contact_watermark r where r.inbox_id = $1',
};

export interface Stored {
  run: string;
  /** One line a row, in one order. */
  lines: string[];
  /** By channel. */
  messages: Record<CorpusChannel, { external_id: string | null; author_kind: string; text: string | null; status: string; conversation_id: string; seq: number; id: string }[]>;
  reports: Record<CorpusChannel, { external_id: string; state: string }[]>;
  /** Deliveries that are not PROCESSED, and how many there are of all. */
  unread: number;
  deliveries: number;
  /** Ids of messages whose addition the feed tells, once each. */
  told: string[];
}

export async function storedOf(world: OnceWorld, run: Run): Promise<Stored> {
  const stored: Stored = { run: run.name, lines: [], messages: {} as Stored['messages'], reports: {} as Stored['reports'], unread: 0, deliveries: 0, told: [] };
  for (const channel of CHANNELS) {
    const { id } = run.inboxes[channel];
    for (const [table, sql] of Object.entries(ROWS)) {
      for (const { row, people = null } of await world.rows<{ row: Record<string, unknown>; people?: string }>(sql, [id])) {
        const left = [...OURS, ...(BY_RIGHT[table] ?? []), ...(table === 'message' && row['author_kind'] === 'USER' ? OF_A_SEND : [])];
        stored.lines.push(JSON.stringify([table, channel, people, Object.fromEntries(Object.entries(row).filter(([column]) => !left.includes(column)).toSorted(([a], [b]) => (a < b ? -1 : 1)))]));
      }
    }
    stored.messages[channel] = await world.rows('select id, external_id, author_kind, text, status, conversation_id, seq from conversations.message where inbox_id = $1', [id]);
    stored.reports[channel] = await world.rows('select external_id, state from conversations.delivery_status where inbox_id = $1', [id]);
    const [counted] = await world.rows<{ unread: number; all: number }>(`select count(*) filter (where status <> 'PROCESSED')::int as unread, count(*)::int as all from conversations.webhook_delivery where inbox_id = $1`, [id]);
    stored.unread += counted?.unread ?? 0;
    stored.deliveries += counted?.all ?? 0;
    stored.told.push(...(await world.rows<{ id: string }>(`select payload->>'messageId' as id from conversations.feed where group_id = $1 and type = 'MessageAdded'`, [id])).map((row) => row.id));
  }
  stored.lines.sort();
  return stored;
}

export interface Sent {
  /** Messages that the provider took. */
  taken: number;
  /** Sends that nobody knows the outcome of, as the product says openly. */
  unconfirmed: number;
}

/** @param taken what the provider took for the inboxes of this run */
export function contradictions(corpus: Corpus, stored: Stored, taken: readonly SentMessage[], deliveries: number): { sentences: string[]; sent: Sent } {
  const sentences: string[] = [];
  const all = CHANNELS.flatMap((channel) => stored.messages[channel]);
  for (const channel of CHANNELS) {
    const told = stored.messages[channel].filter(({ author_kind: author }) => author !== 'USER');
    const counts = countBy(told, ({ external_id: id }) => id ?? '');
    sentences.push(...[...corpus.messages[channel]].filter((id) => !counts.has(id)).map((id) => `lost: ${id}`), ...twice(counts).map((id) => `stored twice: ${id}`),
      ...[...counts.keys()].filter((id) => !corpus.messages[channel].has(id)).map((id) => `stored, and nobody told it: ${id}`));
    const ours = new Set(stored.messages[channel].flatMap(({ author_kind: author, external_id: id }) => (author === 'USER' && id !== null ? [id] : [])));
    const reports = countBy(stored.reports[channel].filter(({ external_id: id }) => !ours.has(id)), ({ external_id: id, state }) => `${id} ${state}`);
    sentences.push(...[...corpus.reports[channel]].filter((report) => !reports.has(report)).map((report) => `report lost: ${report}`), ...twice(reports).map((report) => `report twice: ${report}`),
      ...[...reports.keys()].filter((report) => !corpus.reports[channel].has(report)).map((report) => `a report that nobody made: ${report}`));
  }
  for (const [conversation, messages] of Map.groupBy(all, ({ conversation_id: id }) => id)) {
    const places = messages.map(({ seq }) => seq).toSorted((a, b) => a - b);
    if (places.some((seq, index) => seq !== index + 1)) sentences.push(`the places of ${conversation} are ${places.join(' ')}`);
  }
  const told = countBy(stored.told, (id) => id);
  sentences.push(...all.filter(({ id }) => !told.has(id)).map(({ text, external_id: id }) => `the feed does not tell ${text ?? id ?? ''}`), ...twice(told).map((id) => `the feed tells twice: ${id}`));
  if (stored.unread > 0) sentences.push(`${stored.unread} deliveries are not read`);
  if (stored.deliveries !== deliveries) sentences.push(`${stored.deliveries} deliveries are stored, ${deliveries} were made`);
  const { sentences: ofSends, sent } = sends(corpus, all, taken);
  return { sentences: [...sentences, ...ofSends], sent };
}

/** One message each, taken at most once whatever the reference, and as far as the provider said. */
function sends(corpus: Corpus, all: Stored['messages'][CorpusChannel], taken: readonly SentMessage[]): { sentences: string[]; sent: Sent } {
  const sentences: string[] = [];
  const rows = Map.groupBy(all.filter(({ author_kind: author }) => author === 'USER'), ({ text }) => text ?? '');
  const byText = countBy(taken, textOf);
  sentences.push(...twice(countBy(taken, referenceOf)).map((reference) => `sent twice: ${reference}`), ...twice(byText).map((text) => `sent twice under two references: ${text}`));
  let unconfirmed = 0;
  for (const { text, reports, channel } of corpus.sends) {
    const [row, ...more] = rows.get(text) ?? [];
    if (!row || more.length > 0) {
      sentences.push(row ? `created ${more.length + 1} times: ${text}` : `lost: ${text}`);
      continue;
    }
    if (!byText.has(text)) unconfirmed += 1;
    const wanted = byText.has(text) ? (reports.at(-1) ?? 'sent').toUpperCase() : 'UNCONFIRMED';
    if (row.status !== wanted) sentences.push(`${text} (${channel}) is ${row.status} instead of ${wanted}`);
  }
  return { sentences, sent: { taken: taken.length, unconfirmed } };
}

interface TakenBody { biz_opaque_callback_data?: string; text?: { body: string }; message?: { text: string; metadata: string } }
export const textOf = ({ body }: SentMessage): string => (body as TakenBody).text?.body ?? (body as TakenBody).message?.text ?? '';
export const referenceOf = ({ body }: SentMessage): string => (body as TakenBody).biz_opaque_callback_data ?? (body as TakenBody).message?.metadata ?? '';

const SHOWN = 6;

/** Where two runs of the same corpus ended differently. */
export function differences(one: Stored, other: Stored): string[] {
  const missing = subtract(one.lines, other.lines).map((line) => `only in ${one.run}: ${line}`);
  const added = subtract(other.lines, one.lines).map((line) => `only in ${other.run}: ${line}`);
  return [...missing.slice(0, SHOWN), ...added.slice(0, SHOWN), ...(missing.length + added.length > 2 * SHOWN ? [`${missing.length + added.length} rows differ between ${one.run} and ${other.run}`] : [])];
}

/** Lines of `from` that `these` do not have, each as often. */
function subtract(from: readonly string[], these: readonly string[]): string[] {
  const left = countBy(these, (line) => line);
  return from.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}
