// The list among twenty thousand conversations of a tenant: what each filter and order finds, and that an index finds it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { readBy, type Reads } from '../../../test/kit/plans.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { ConversationsServices } from '../services.js';
import { conversations } from '../subgraph.js';
import { criteriaOf } from './conversation.criteria.js';
import type { ConversationFilter } from './conversation.inputs.js';
import { placesOf } from './conversation.list.js';

const ROWS = 20_000;
const [tenant, rival] = [newId(), newId()];
const ann = person(tenant, ['conversation:read']);
const LIST = `query ($first: Int, $after: String, $filter: ConversationFilter, $sort: ConversationSort) {
  conversations(first: $first, after: $after, filter: $filter, sort: $sort) { nodes { displayNumber } edges { cursor } pageInfo { endCursor hasNextPage } } }`;
const UNREAD = 'query ($statuses: [ConversationStatus!], $mine: Boolean) { unreadConversations(statuses: $statuses, mine: $mine) { count more } }';

let subgraph: TestSubgraph<ConversationsServices>;
let behind: Client;
const inboxes = [newId(), newId(), newId()];
const [often, seldom, rare] = [newId(), newId(), newId()];
const people = Array.from({ length: 4 }, () => newId());

/** Conversation `n`: the higher, the later. Most are resolved, unassigned, without priority, and read. */
const MANY = `insert into conversations.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, assignee_id, last_seq, inbound_count, last_activity_at, waiting_since, created_at, priority, team_id)
  select $1::uuid, uuidv7(), ($2::uuid[])[1 + n % 3], uuidv7(), n, case when n % 500 = 0 then 'OPEN' when n % 700 = 1 then 'PENDING' else 'RESOLVED' end,
    case when n % 10 = 3 then ($3::uuid[])[1 + (n / 10) % 3] end, 2, 2, timestamptz '2026-11-01Z' + n * interval '1 second',
    case when n % 400 = 0 then timestamptz '2026-12-01Z' - n * interval '1 second' end, timestamptz '2026-10-01Z',
    case when n % 1000 = 0 then 'URGENT' when n % 100 = 50 then 'LOW' end, case when n % 50 = 7 then ($3::uuid[])[4] end
  from generate_series(1, $4::int) n`;

beforeAll(async () => {
  subgraph = await bootSubgraph(conversations);
  behind = new Client({ connectionString: subgraph.database.adminUrl });
  await behind.connect();
  // Contacts and inboxes are read by nothing here.
  await behind.query(`set session_replication_role = 'replica'`);
  for (const [one, rows] of [[tenant, ROWS], [rival, 300]] as const) {
    await behind.query(MANY, [one, inboxes, people, rows]);
    await behind.query(`insert into conversations.conversation_label (tenant_id, conversation_id, label_id, added_at)
      select tenant_id, id, label, now() from conversations.conversation,
        unnest($2::uuid[], array[4, 2000, 5000]) as labelled (label, step) where tenant_id = $1 and display_number % step = 0`, [one, [often, seldom, rare]]);
    await behind.query(`insert into conversations.conversation_read (tenant_id, conversation_id, user_id, inbound_count, read_at)
      select tenant_id, id, $2, case when display_number % 250 = 0 then 1 else 2 end, now() from conversations.conversation where tenant_id = $1 and display_number % 5000 <> 7`, [one, ann.sub]);
  }
  await behind.query('vacuum analyze');
}, 60_000);
afterAll(async () => {
  await behind.end();
  await subgraph.close();
});

interface Found { nodes: { displayNumber: number }[]; edges: { cursor: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
const ask = async (variables: Record<string, unknown>, actor: Actor = ann): Promise<Found> => {
  const result = await subgraph.ask(LIST, variables, actor);
  expect(result.errors).toBeUndefined();
  return result.data?.['conversations'] as Found;
};
/** All pages, however short. */
async function all(variables: Record<string, unknown>, most: number): Promise<number[]> {
  const seen: number[] = [];
  let after: string | null = null;
  do {
    const { nodes, pageInfo }: Found = await ask({ first: 100, ...variables, after });
    seen.push(...nodes.map(({ displayNumber }) => displayNumber));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null && seen.length < most);
  return seen.slice(0, most);
}
const NUMBERS = Array.from({ length: ROWS }, (_, index) => ROWS - index);
const which = (holds: (n: number) => boolean): number[] => NUMBERS.filter(holds);
const inb = (index: number): string => encodeId('inb', inboxes[index] ?? '');
const lbl = (id: string): string => encodeId('lbl', id);
const at = (n: number): Date => new Date(Date.UTC(2026, 10, 1) + n * 1000);

const isOpen = (n: number): boolean => n % 500 === 0;
const isPending = (n: number): boolean => !isOpen(n) && n % 700 === 1;
const inCharge = (n: number): number | null => (n % 10 === 3 ? Math.floor(n / 10) % 3 : null);
const isUnread = (n: number): boolean => n % 250 === 0 || n % 5000 === 7;

const FILTERS: [string, () => ConversationFilter, (n: number) => boolean][] = [
  ['nothing', () => ({}), () => true],
  ['status', () => ({ status: 'OPEN' as never }), isOpen],
  ['statuses', () => ({ statuses: ['OPEN', 'PENDING'] as never }), (n) => isOpen(n) || isPending(n)],
  ['inbox', () => ({ inboxId: inb(1) }), (n) => n % 3 === 1],
  ['inboxes and status', () => ({ inboxIds: [inb(0), inb(2)], status: 'OPEN' as never }), (n) => n % 3 !== 1 && isOpen(n)],
  ['person in charge', () => ({ assigneeId: encodeId('user', people[1] ?? '') }), (n) => inCharge(n) === 1],
  ['a person in charge of nothing', () => ({ assigneeId: encodeId('user', people[3] ?? '') }), () => false],
  ['person in charge, status and inbox', () => ({ assigneeId: encodeId('user', people[1] ?? ''), status: 'RESOLVED' as never, inboxId: inb(1) }), (n) => inCharge(n) === 1 && n % 3 === 1 && !isOpen(n) && !isPending(n)],
  ['nobody in charge', () => ({ unassigned: true, status: 'OPEN' as never }), (n) => inCharge(n) === null && isOpen(n)],
  ['somebody in charge', () => ({ unassigned: false }), (n) => inCharge(n) !== null],
  ['priority', () => ({ priorities: ['URGENT'] as never }), (n) => n % 1000 === 0],
  ['priorities and inbox', () => ({ priorities: ['URGENT', 'LOW'] as never, inboxId: inb(2) }), (n) => n % 3 === 2 && (n % 1000 === 0 || n % 100 === 50)],
  ['team', () => ({ teamIds: [encodeId('team', people[3] ?? '')] }), (n) => n % 50 === 7],
  ['teams, inbox and status', () => ({ teamIds: [encodeId('team', people[3] ?? ''), encodeId('team', newId())], inboxId: inb(1), statuses: ['PENDING', 'RESOLVED'] as never }), (n) => n % 50 === 7 && n % 3 === 1],
  ['a frequent label', () => ({ labelsAnyOf: [lbl(often)] }), (n) => n % 4 === 0],
  ['rare labels', () => ({ labelsAnyOf: [lbl(rare), lbl(seldom)] }), (n) => n % 5000 === 0 || n % 2000 === 0],
  ['all labels', () => ({ labelsAllOf: [lbl(often), lbl(seldom), lbl(rare)] }), (n) => n % 10_000 === 0],
  ['both ways of labels', () => ({ labelsAllOf: [lbl(often)], labelsAnyOf: [lbl(rare), lbl(seldom)] }), (n) => n % 5000 === 0 || n % 2000 === 0],
  ['unread', () => ({ unread: true }), isUnread],
  ['read', () => ({ unread: false, inboxId: inb(1) }), (n) => !isUnread(n) && n % 3 === 1],
  ['waiting', () => ({ waiting: true }), (n) => n % 400 === 0],
  ['not waiting', () => ({ waiting: false, status: 'OPEN' as never }), (n) => isOpen(n) && n % 400 !== 0],
  ['a time', () => ({ lastActivityFrom: at(100), lastActivityTo: at(110) }), (n) => n >= 100 && n < 110],
];

describe('conversations', () => {
  it.each(FILTERS)('are found by %s', async (_name, filter, holds) => {
    expect(await all({ filter: filter() }, 250)).toEqual(which(holds).slice(0, 250));
  });

  it.each<[string, ConversationFilter, number[]]>([
    ['CREATED', {}, NUMBERS],
    ['CREATED', { status: 'OPEN' as never }, which(isOpen)],
    ['WAITING_LONGEST', {}, which((n) => n % 400 === 0)],
    ['WAITING_LONGEST', { status: 'OPEN' as never }, which((n) => n % 2000 === 0)],
    ['PRIORITY', { status: 'OPEN' as never }, [...which((n) => n % 1000 === 0), ...which((n) => n % 1000 === 500)]],
    ['PRIORITY', { priorities: ['LOW', 'URGENT'] as never }, [...which((n) => n % 1000 === 0), ...which((n) => n % 100 === 50)]],
  ])('come in the order of %s, page by page', async (sort, filter, expected) => {
    expect(await all({ sort, filter, first: 7 }, 30)).toEqual(expected.slice(0, 30));
  });

  it('look at no more than a page may cost, and say where to go on', async () => {
    const { nodes, pageInfo } = await ask({ filter: { labelsAnyOf: [lbl(often)], statuses: ['PENDING'], unread: true } });
    expect([nodes, pageInfo.hasNextPage]).toEqual([[], false]);
    const sparse = await ask({ filter: { unread: true, unassigned: false } });
    expect([sparse.nodes.length, sparse.pageInfo.hasNextPage, sparse.edges.length]).toEqual([0, true, 0]);
    expect(await all({ filter: { unread: true, unassigned: false } }, 10)).toEqual(which((n) => isUnread(n) && inCharge(n) !== null));
  });

  it('of another tenant are not found', async () => {
    const bob = person(rival, ['conversation:read']);
    expect((await ask({ filter: { labelsAnyOf: [lbl(often)] }, first: 100 }, bob)).nodes).toHaveLength(75);
    expect(await all({ filter: { inboxId: inb(1) } }, 1_000)).toHaveLength(1_000);
    const cid = person(newId(), ['conversation:read']);
    for (const filter of [{}, { labelsAnyOf: [lbl(rare)] }, { statuses: ['OPEN', 'RESOLVED'] }, { unread: true }]) expect((await ask({ filter }, cid)).nodes).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a status and statuses', { filter: { status: 'OPEN', statuses: ['OPEN'] } }, ['filter', 'statuses']],
    ['an inbox and inboxes', { filter: { inboxId: inb(0), inboxIds: [inb(0)] } }, ['filter', 'inboxIds']],
    ['a person and nobody', { filter: { assigneeId: encodeId('user', newId()), unassigned: true } }, ['filter', 'unassigned']],
    ['no status at all', { filter: { statuses: [] } }, ['filter', 'statuses']],
    ['too many labels', { filter: { labelsAnyOf: Array.from({ length: 21 }, () => lbl(newId())) } }, ['filter', 'labelsAnyOf']],
    ['another kind of id', { filter: { labelsAllOf: [inb(0)] } }, ['filter', 'labelsAllOf']],
    ['a time that ends before it begins', { filter: { lastActivityFrom: at(2), lastActivityTo: at(1) } }, ['filter', 'lastActivityFrom']],
    ['an order of those who do not wait', { filter: { waiting: false }, sort: 'WAITING_LONGEST' }, ['sort']],
  ])('refuse %s', async (_name, variables, field) => {
    const { errors } = await subgraph.ask(LIST, variables, ann);
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  it('refuse the cursor of another order', async () => {
    const { pageInfo: { endCursor } } = await ask({ first: 1 });
    for (const sort of ['CREATED', 'PRIORITY']) {
      const { errors } = await subgraph.ask(LIST, { sort, after: endCursor }, ann);
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: ['after'] });
    }
  });

  it('are counted while they are unread, up to 99 and as far as a page looks', async () => {
    const count = async (variables: Record<string, unknown>, actor = ann): Promise<unknown> => (await subgraph.ask(UNREAD, variables, actor)).data?.['unreadConversations'];
    expect(await count({ statuses: ['OPEN'] })).toEqual({ count: 40, more: false });
    expect(await count({})).toEqual({ count: 21, more: true });
    expect(await count({ mine: true })).toEqual({ count: 0, more: false });
    expect(await count({}, person(tenant, ['conversation:read']))).toEqual({ count: 99, more: true });
    expect((await subgraph.ask(UNREAD, { statuses: [] }, ann)).errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: ['statuses'] });
  });
});

describe('an index', () => {
  const read = (filter: ConversationFilter, order: 'LAST_ACTIVITY' | 'CREATED' | 'WAITING_LONGEST' | 'PRIORITY' = 'LAST_ACTIVITY'): Promise<Reads> =>
    subgraph.running.database.inScope({ ...tenantScope(tenant), user: ann.sub }, (tx) => readBy(tx, 'conversations', () =>
      placesOf(tx, { criteria: criteriaOf(filter), order, from: null, reader: ann.sub, most: 26 })));

  it.each(FILTERS)('finds by %s', async (_name, filter) => {
    const { scanned, indexes } = await read(filter());
    expect(scanned).toEqual({});
    // Of 20,000: two windows at the most, and what is looked up for each row of one.
    expect(Object.entries(indexes).filter(([, entries]) => entries > 10_100)).toEqual([]);
  });

  it.each(['CREATED', 'WAITING_LONGEST', 'PRIORITY'] as const)('gives the order of %s', async (order) => {
    const { scanned, indexes } = await read({}, order);
    expect(scanned).toEqual({});
    expect(Object.values(indexes).reduce((sum, entries) => sum + entries, 0)).toBeLessThan(300);
  });

  it('answers a plain filter in a page of entries', async () => {
    for (const filter of [{}, { status: 'OPEN' as never }, { statuses: ['OPEN', 'RESOLVED'] as never }, { inboxIds: [inb(0), inb(1)] }, { assigneeId: encodeId('user', people[1] ?? '') }, { priorities: ['URGENT', 'LOW'] as never }]) {
      const { indexes } = await read(filter);
      expect(Object.values(indexes).reduce((sum, entries) => sum + entries, 0)).toBeLessThan(300);
    }
  });

  it('is missed by this test when there is none', async () => {
    const { scanned } = await subgraph.running.database.inScope(tenantScope(tenant), (tx) => readBy(tx, 'conversations', () =>
      tx.getKysely().executeQuery({ sql: `select id from conversations.conversation where last_seq = 99` } as never)));
    expect(scanned).toEqual({ conversation: ROWS + 300 });
  });
});
