// Looking for words among thirty thousand messages of thirty weeks: what is found, in which order, that an index finds it, and that it stays within the tenant.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { readBy, type Reads } from '../../../test/kit/plans.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { excerptOf } from '../search/search.excerpt.js';
import { termsOf } from '../search/search.terms.js';
import { criteriaOf } from './conversation.criteria.js';
import type { ConversationFilter } from './conversation.inputs.js';
import { searchList } from './conversation.search.js';

const [CONVERSATIONS, EACH] = [3_000, 10];
const ROWS = CONVERSATIONS * EACH;
const rival = newId();
const bob = person(rival, ['conversation:read']);
const boss = newId();
const LIST = `query ($first: Int, $after: String, $filter: ConversationFilter, $sort: ConversationSort) {
  conversations(first: $first, after: $after, filter: $filter, sort: $sort) { nodes { id displayNumber } edges { cursor } pageInfo { endCursor hasNextPage } } }`;

let house: TestConversations;

/** Message `n`, ten minutes before the one before it, in conversation `1 + (n - 1) % 3000`. */
const TEXT = `'hello' || case when n % 10 = 0 then ' tenth' else '' end || case when n % 1000 = 7 then ' Wörter seldom' else '' end
  || case when n % 500 = 3 then ' order number' when n % 500 = 4 then ' number, order' else '' end || case n when 29990 then ' zebra' when 29991 then ' Zebrafish' else '' end`;

async function fill(tenantId: string, inboxId: string, rows: number, text = TEXT): Promise<void> {
  const { admin } = house;
  const values = [tenantId, inboxId, rows];
  await admin.query(`insert into conversations.contact (tenant_id, id, name, created_at)
    select $1, ('01900000-0000-7000-8000-' || lpad(to_hex(c), 12, '0'))::uuid, 'Person ' || chr(64 + c % 26) || 'x' || c, now() from generate_series(1, least($2::int, ${CONVERSATIONS})) c`, [tenantId, rows]);
  await admin.query(`insert into conversations.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, assignee_id, last_seq, inbound_count, last_activity_at, created_at)
    select $1::uuid, ('01910000-0000-7000-8000-' || lpad(to_hex(c), 12, '0'))::uuid, $2::uuid, ('01900000-0000-7000-8000-' || lpad(to_hex(c), 12, '0'))::uuid, 1000 + c,
      case when c % 100 = 0 then 'OPEN' else 'RESOLVED' end, case when c % 500 = 0 then '${boss}'::uuid end, ${EACH}, ${EACH}, now() - c * interval '10 minutes', now()
    from generate_series(1, least($3::int, ${CONVERSATIONS})) c`, values);
  await admin.query(`insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, sent_at, created_at)
    select $1::uuid, uuidv7(- n * interval '10 minutes'), ('01910000-0000-7000-8000-' || lpad(to_hex(1 + (n - 1) % ${CONVERSATIONS}), 12, '0'))::uuid, $2::uuid, ${EACH} - (n - 1) / ${CONVERSATIONS},
      'INBOUND', 'TEXT', ${text}, 'RECEIVED', 'CONTACT', '01900000-0000-7000-8000-000000000001', now(), now()
    from generate_series(1, $3::int) n`, values);
}

beforeAll(async () => {
  house = await TestConversations.boot();
  await fill(house.tenantId, house.inboxId, ROWS);
  await fill(rival, await house.createInbox(rival, 'rival'), 30, `'hello secret tenth'`);
  await house.admin.query('vacuum analyze');
}, 90_000);
afterAll(() => house?.close());

interface Found { nodes: { id: string; displayNumber: number }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
async function page(variables: Record<string, unknown>, actor: Actor = house.agent): Promise<Found> {
  const result = await house.subject.ask(LIST, variables, actor);
  expect(result.errors).toBeUndefined();
  return result.data?.['conversations'] as Found;
}
async function all(filter: ConversationFilter, first = 100, most = 200): Promise<number[]> {
  const seen: number[] = [];
  let after: string | null = null;
  do {
    const { nodes, pageInfo }: Found = await page({ first, filter, after });
    seen.push(...nodes.map(({ displayNumber }) => displayNumber - 1000));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null && seen.length < most);
  return seen.slice(0, most);
}
/** Conversations in the order of their newest message that holds something. */
function found(holds: (n: number) => boolean, which: (conversation: number) => boolean = () => true): number[] {
  const numbers = Array.from({ length: ROWS }, (_, index) => index + 1).filter(holds).map((n) => 1 + (n - 1) % CONVERSATIONS);
  return [...new Set(numbers)].filter(which).slice(0, 200);
}
const tenth = (n: number): boolean => n % 10 === 0;
const seldom = (n: number): boolean => n % 1000 === 7;

const SEARCHES: [string, () => ConversationFilter, () => number[]][] = [
  ['a word of every message', () => ({ search: 'hello' }), () => found(() => true)],
  ['a word of one in ten', () => ({ search: 'TENTH' }), () => found(tenth)],
  ['a rare word, without its accents', () => ({ search: 'worter' }), () => found(seldom)],
  ['two words in any order', () => ({ search: 'seldom hello' }), () => found(seldom)],
  ['two words that are never together', () => ({ search: 'seldom tenth' }), () => []],
  ['the beginning of a word', () => ({ search: 'zebr' }), () => [2990, 2991]],
  ['a whole word', () => ({ search: '"zebra"' }), () => [2990]],
  ['a phrase', () => ({ search: '"order number"' }), () => found((n) => n % 500 === 3)],
  ['a phrase the other way', () => ({ search: '"number order"' }), () => found((n) => n % 500 === 4)],
  ['words of a phrase', () => ({ search: 'number order' }), () => found((n) => n % 500 === 3 || n % 500 === 4)],
  ['a word nobody wrote', () => ({ search: 'nowhere' }), () => []],
  ['operators of the query language', () => ({ search: `hello & !tenth | seldom:*` }), () => []],
  ['a frequent word in a few conversations', () => ({ search: 'hello', assigneeId: encodeId('user', boss) }), () => [500, 1000, 1500, 2000, 2500, 3000]],
  ['a rare word with a filter', () => ({ search: 'worter', status: 'RESOLVED' as never, unread: true }), () => found(seldom, (c) => c % 100 !== 0)],
  ['a frequent word with a filter that few meet', () => ({ search: 'tenth', status: 'OPEN' as never }), () => found(tenth, (c) => c % 100 === 0)],
];

describe('a search', () => {
  it.each(SEARCHES)('finds %s', async (_name, filter, expected) => expect(await all(filter())).toEqual(expected()));

  it('goes on page by page without gap or repetition', async () => {
    expect(await all({ search: 'worter' }, 2)).toEqual(found(seldom));
    expect(await all({ search: 'hello' }, 7, 50)).toEqual(found(() => true).slice(0, 50));
  });

  it('finds contacts first, by the latest activity', async () => {
    expect(await all({ search: 'person' }, 100, 150)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
    expect(await all({ search: 'ax26' }, 2)).toEqual([261, 2601, 2627, 2653, 2679]);
  });

  it('stays within the tenant', async () => {
    expect((await page({ filter: { search: 'secret' } }, bob)).nodes).toHaveLength(25);
    expect(await all({ search: 'secret' })).toEqual([]);
    const stolen = house.subject.running.database.inScope(tenantScope(house.tenantId), (tx) => tx.getKysely().executeQuery({
      sql: `select s.id from conversations.message_search('{secret}', false, 30000, 20000, 'ffffffff-ffff-ffff-ffff-ffffffffffff', 10) s union all select c.id from conversations.contact_search('{secret}', false, 10) c`,
    } as never));
    expect((await stolen).rows).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['no word', { filter: { search: '-- "' } }, ['filter', 'search']], ['too much', { filter: { search: 'x'.repeat(201) } }, ['filter', 'search']],
    ['a NUL character', { filter: { search: 'a\0' } }, ['filter', 'search']], ['an order', { filter: { search: 'hello' }, sort: 'LAST_ACTIVITY' }, ['sort']],
    ['a cursor of another list', { filter: { search: 'hello' }, after: Buffer.from(JSON.stringify(['message', '2026-11-01T00:00:00.000Z', newId()])).toString('base64url') }, ['after']],
  ])('refuses %s', async (_name, variables, field) => {
    expect((await house.subject.ask(LIST, variables, house.agent)).errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  it.each(SEARCHES)('reads no table whole for %s', async (_name, filter) => {
    const asked = filter();
    const { scanned, indexes }: Reads = await house.subject.running.database.inScope({ ...tenantScope(house.tenantId), user: house.agent.sub }, (tx) => readBy(tx, 'conversations', () =>
      searchList(tx, { terms: termsOf(asked.search ?? '', []), criteria: criteriaOf(asked), after: null, most: 26, reader: house.agent.sub })));
    expect(scanned).toEqual({});
    expect(Object.entries(indexes).filter(([, entries]) => entries > 16_000)).toEqual([]);
  });
});

describe('a search of messages', () => {
  const SEARCH = `query ($query: String!, $filter: MessageSearchFilter, $first: Int, $after: String) { messageSearch(query: $query, filter: $filter, first: $first, after: $after) {
    nodes { message { seq conversation { displayNumber } } excerpt { text matched } } pageInfo { endCursor hasNextPage } } }`;
  interface Matches { nodes: { message: { seq: number; conversation: { displayNumber: number } }; excerpt: { text: string; matched: boolean }[] }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
  const look = async (query: string, filter: unknown = {}, actor = house.agent, page = {}): Promise<Matches> => {
    const result = await house.subject.ask(SEARCH, { query, filter, first: 100, ...page }, actor);
    expect(result.errors).toBeUndefined();
    return result.data?.['messageSearch'] as Matches;
  };
  const numbersOf = ({ nodes }: Matches): number[] => nodes.map(({ message: { seq, conversation } }) => conversation.displayNumber - 1000 + (EACH - seq) * CONVERSATIONS);
  const all = (holds: (n: number) => boolean): number[] => Array.from({ length: ROWS }, (_, index) => index + 1).filter(holds);
  const conversation = (c: number): string => encodeId('conv', `01910000-0000-7000-8000-${c.toString(16).padStart(12, '0')}`);
  const ago = (n: number): Date => new Date(Date.now() - n * 600_000);

  it('finds each of them, the newest first, page by page', async () => {
    expect(numbersOf(await look('worter'))).toEqual(all(seldom));
    const pages: number[] = [];
    let after: string | null = null;
    do {
      const found: Matches = await look('worter', {}, house.agent, { first: 4, after });
      pages.push(...numbersOf(found));
      after = found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
    } while (after !== null);
    expect(pages).toEqual(all(seldom));
  });

  it('looks in one conversation, one inbox, one time', async () => {
    expect(numbersOf(await look('hello', { conversationId: conversation(7) }))).toEqual(all((n) => n % CONVERSATIONS === 7));
    expect(numbersOf(await look('zebr', { inboxId: encodeId('inb', house.inboxId) }))).toEqual([29_990, 29_991]);
    expect(numbersOf(await look('zebr', { inboxId: encodeId('inb', newId()) }))).toEqual([]);
    expect(numbersOf(await look('worter', { from: ago(9_500), to: ago(6_500) }))).toEqual([7_007, 8_007, 9_007]);
    expect(numbersOf(await look('hello', { conversationId: conversation(700) }, bob))).toEqual([]);
  });

  it('shows where the words stand', async () => {
    expect((await look('worter seld', { from: ago(100) })).nodes[0]?.excerpt).toEqual([
      { text: 'hello ', matched: false }, { text: 'Wörter', matched: true }, { text: ' ', matched: false }, { text: 'seldom', matched: true },
    ]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['no word', { query: ' ' }, ['query']], ['a time that ends before it begins', { query: 'x', filter: { from: ago(1), to: ago(2) } }, ['filter', 'from']],
    ['another kind of id', { query: 'x', filter: { conversationId: encodeId('inb', newId()) } }, ['filter', 'conversationId']], ['a foreign cursor', { query: 'x', after: 'bm8' }, ['after']],
  ])('refuses %s', async (_name, variables, field) => {
    expect((await house.subject.ask(SEARCH, variables, house.agent)).errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });
});

describe('an excerpt', () => {
  const shown = (text: string, sought: string): string => excerptOf(text, termsOf(sought, [])).map(({ text: part, matched }) => (matched ? `[${part}]` : part)).join('');

  it.each([
    ['Grüße aus der Straße', 'strasse gruse', 'Grüße aus der [Straße]'], ['東京タワー', '京', '東[京]タワー'], ['to be or not to be', '"to be"', '[to] [be] or not [to] [be]'],
    ['nothing here', 'elsewhere', 'nothing here'], ['', 'word', ''], [`${'long ago '.repeat(20)}the end`, 'end', '…ago long ago long ago long ago the [end]'],
    [`end ${'😀'.repeat(90)}`, 'end', `[end] ${'😀'.repeat(78)}…`],
  ])('of %j for %j', (text, sought, expected) => expect(shown(text, sought)).toBe(expected));
});

describe('what is written', () => {
  const CONTACTS = 'query ($search: String, $first: Int) { contacts(first: $first, filter: { search: $search }) { nodes { name } pageInfo { hasNextPage } } }';
  const numbers = async (search: string): Promise<number> => (await page({ filter: { search } })).nodes.length;

  it('is found at once, and what is edited or taken back is found no more', async () => {
    await house.text('wamid.found', 'Señor Łukasz möchte Straße 7, 東京タワー', '491701234567', 'Zoë Quist');
    const [row] = await house.rows<{ id: string }>(`select id from conversations.message where external_id = 'wamid.found'`);
    for (const search of ['senor', 'lukasz strasse', '東京', '"タワー"', 'mochte', 'zoe', 'QUIST zoë', '+49 170 123-4567', '0170 1234567', '234567', '"strasse 7"']) expect([search, await numbers(search)]).toEqual([search, 1]);
    for (const search of ['京東', '"7 strasse"', '491701234568', 'zo', '567']) expect([search, await numbers(search)]).toEqual([search, 0]);
    const contacts = async (search: string): Promise<unknown> => (await house.subject.ask(CONTACTS, { search, first: 2 }, house.agent)).data?.['contacts'];
    expect(await contacts('quist')).toEqual({ nodes: [{ name: 'Zoë Quist' }], pageInfo: { hasNextPage: false } });
    expect(await contacts('0170/1234567')).toMatchObject({ nodes: [{ name: 'Zoë Quist' }] });
    expect(await contacts('person')).toEqual({ nodes: [{ name: `Person ${String.fromCharCode(64 + 3000 % 26)}x3000` }, { name: `Person ${String.fromCharCode(64 + 2999 % 26)}x2999` }], pageInfo: { hasNextPage: true } });
    expect((await house.subject.ask(CONTACTS, { search: '-' }, house.agent)).errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: ['filter', 'search'] });
    await house.admin.query(`update conversations.message set text = 'Adiós' where id = $1`, [row?.id]);
    expect([await numbers('senor'), await numbers('adios')]).toEqual([0, 1]);
    await house.admin.query(`update conversations.message set text = null, content = '{"kind": "media", "media": [{"externalId": "xyzzy", "fileName": "Rechnung März.pdf"}]}', type = 'DOCUMENT' where id = $1`, [row?.id]);
    expect([await numbers('adios'), await numbers('rechnung marz'), await numbers('xyzzy')]).toEqual([0, 1, 0]);
    await house.admin.query(`update conversations.contact set name = 'Nobody Else' where name = 'Zoë Quist'`);
    expect([await numbers('quist'), await numbers('nobody else')]).toEqual([0, 1]);
    await house.admin.query(`update conversations.message set text = null, content = null, raw = null, deleted_at = now(), type = 'TEXT' where id = $1`, [row?.id]);
    expect(await numbers('rechnung')).toBe(0);
  });
});
