// What the bench of lists asks for, and what somebody would write in SQL for it.
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { encodeCursor } from '../../subgraphs/kernel/graphql/connections.js';
import type { Tx } from '../../subgraphs/kernel/data/database.js';
import { criteriaOf } from '../../subgraphs/conversations/conversation/conversation.criteria.js';
import type { ConversationFilter } from '../../subgraphs/conversations/conversation/conversation.inputs.js';
import { placesOf } from '../../subgraphs/conversations/conversation/conversation.list.js';
import { searchList } from '../../subgraphs/conversations/conversation/conversation.search.js';
import { termsOf } from '../../subgraphs/conversations/search/search.terms.js';
import type { Seeded } from './list.seed.js';

type Sort = 'LAST_ACTIVITY' | 'CREATED' | 'WAITING_LONGEST' | 'PRIORITY';
type Filter = Record<string, unknown>;
interface Statement { text: string; values: unknown[] }

export interface ListCase {
  name: string;
  query?: string;
  variables(world: Seeded, turn: number): Record<string, unknown>;
  /** The same without GraphQL, so that it can be seen what it reads. */
  run(tx: Tx, world: Seeded, reader: string): Promise<unknown>;
  reader?: (world: Seeded) => string;
  bare?: (world: Seeded, turn: number) => Statement;
  bareTurns?: number;
  /** Fewer rows on a first page are wrong. */
  least: number;
}

const of = (values: readonly string[], turn: number): string => values[turn % values.length] ?? '';
const user = ({ staff }: Seeded, turn: number): string => encodeId('user', of(staff, turn));
const inb = ({ inboxes }: Seeded, turn: number): string => encodeId('inb', of(inboxes, turn));
const lbl = ({ labels }: Seeded, n: number): string => encodeId('lbl', labels[n] ?? '');

function list(name: string, filter: (world: Seeded, turn: number) => Filter, { sort, least = 25, ...others }: Partial<ListCase> & { sort?: Sort } = {}): ListCase {
  return {
    name, least, ...others,
    variables: (world, turn) => ({ filter: filter(world, turn), ...(sort ? { sort } : {}) }),
    run: (tx, world, reader) => placesOf(tx, { criteria: criteriaOf(filter(world, 0) as ConversationFilter), order: sort ?? 'LAST_ACTIVITY', from: null, reader, most: 26 }),
  };
}

function search(name: string, sought: (turn: number) => string, filter: (world: Seeded, turn: number) => Filter = () => ({}), { least = 25, ...others }: Partial<ListCase> = {}): ListCase {
  return {
    name: `search: ${name}`, least, ...others,
    variables: (world, turn) => ({ filter: { ...filter(world, turn), search: sought(turn) } }),
    run: (tx, world, reader) => searchList(tx, { terms: termsOf(sought(0), []), criteria: criteriaOf(filter(world, 0) as ConversationFilter), after: null, most: 26, reader }),
  };
}

const ROWS = 'select id, display_number, status, last_activity_at from conversations.conversation c where tenant_id = $1';
const NEWEST = 'order by last_activity_at desc, id desc limit 26';
const bare = (where: string, values: (world: Seeded, turn: number) => unknown[] = () => [], order = NEWEST) =>
  (world: Seeded, turn: number): Statement => ({ text: `${ROWS} ${where} ${order}`, values: [world.tenant, ...values(world, turn)] });
/** As somebody would write it who has an index of words, and rows in order of activity. */
const naive = (word: string) => bare(`and exists (select from conversations.message m where m.tenant_id = c.tenant_id and m.conversation_id = c.id
  and m.words @@ '${word}'::tsquery)`);

/** Nine tenths of the way down. */
const DEEP = encodeCursor([new Date(Date.now() - 630 * 86_400_000).toISOString(), 'ffffffff-ffff-ffff-ffff-ffffffffffff']);

export const LIST_CASES: readonly ListCase[] = [
  list('all', () => ({}), { bare: bare('') }),
  { ...list('all, deep', () => ({}), { bare: bare(`and last_activity_at < now() - interval '630 days'`) }), variables: () => ({ after: DEEP }) },
  list('open', () => ({ status: 'OPEN' }), { bare: bare(`and status = 'OPEN'`) }),
  list('open and pending and snoozed', () => ({ statuses: ['OPEN', 'PENDING', 'SNOOZED'] }), { bare: bare(`and status = any ('{OPEN,PENDING,SNOOZED}')`) }),
  list('an inbox', (world, turn) => ({ inboxId: inb(world, turn) }), { bare: bare('and inbox_id = $2', ({ inboxes }, turn) => [of(inboxes, turn)]) }),
  list('inboxes, open', (world) => ({ inboxIds: [inb(world, 0), inb(world, 3)], status: 'OPEN' }), { bare: bare(`and inbox_id = any ($2) and status = 'OPEN'`, ({ inboxes }) => [[inboxes[0], inboxes[3]]]) }),
  list('somebody in charge', (world, turn) => ({ assigneeId: user(world, turn) }), { bare: bare('and assignee_id = $2', ({ staff }, turn) => [of(staff, turn)]) }),
  list('somebody in charge, open, an inbox', (world, turn) => ({ assigneeId: user(world, turn), inboxId: inb(world, 0), status: 'OPEN' }), { least: 0, bare: bare(`and assignee_id = $2 and inbox_id = $3 and status = 'OPEN'`, ({ staff, inboxes }, turn) => [of(staff, turn), inboxes[0]]) }),
  list('nobody in charge, open', () => ({ unassigned: true, status: 'OPEN' }), { bare: bare(`and assignee_id is null and status = 'OPEN'`) }),
  list('urgent', () => ({ priorities: ['URGENT'] }), { bare: bare(`and priority = 'URGENT'`) }),
  list('urgent or high, open', () => ({ priorities: ['URGENT', 'HIGH'], status: 'OPEN' }), { least: 1, bare: bare(`and priority = any ('{URGENT,HIGH}') and status = 'OPEN'`) }),
  list('a label of every second', (world) => ({ labelsAnyOf: [lbl(world, 0)] }), {}),
  list('a label of one in 256', (world) => ({ labelsAnyOf: [lbl(world, 7)] }), { least: 1 }),
  list('a label of one in 4,096', (world) => ({ labelsAnyOf: [lbl(world, 11)] }), { least: 0 }),
  list('three labels', (world) => ({ labelsAllOf: [lbl(world, 0), lbl(world, 1), lbl(world, 2)] }), {}),
  list('last activity in a month', () => ({ lastActivityFrom: new Date(Date.now() - 400 * 86_400_000), lastActivityTo: new Date(Date.now() - 370 * 86_400_000) }), {}),
  list('waiting', () => ({ waiting: true }), { bare: bare('and waiting_since is not null') }),
  list('order of waiting', () => ({}), { sort: 'WAITING_LONGEST', bare: bare('and waiting_since is not null', () => [], 'order by waiting_since, id limit 26') }),
  list('order of creation', () => ({}), { sort: 'CREATED', bare: bare('', () => [], 'order by display_number desc limit 26') }),
  list('order of priority, open', () => ({ status: 'OPEN' }), { sort: 'PRIORITY' }),
  list('unread, who has read nothing', () => ({ unread: true }), { reader: ({ readers }) => readers.nothing }),
  list('unread, who has read what came lately', () => ({ unread: true }), { reader: ({ readers }) => readers.lately, least: 0 }),
  list('unread, who has read nearly all', () => ({ unread: true }), { reader: ({ readers }) => readers.nearlyAll, least: 0 }),
  {
    ...list('count of unread', () => ({ unread: true }), { reader: ({ readers }) => readers.lately, least: 0 }),
    query: 'query { unreadConversations { count more } }', variables: () => ({}),
  },
  search('in every message', () => 'hello', undefined, { bare: naive('hello'), bareTurns: 3 }),
  search('in 10 %', () => 'tenth'),
  search('in 1 %', () => 'hundredth'),
  search('in 0.1 %', () => 'thousandth', undefined, { least: 10 }),
  search('in 0.01 %', () => 'rarest', undefined, { least: 1, bareTurns: 3 }),
  search('any of twenty thousand words', (turn) => `w${1 + (turn * 7_919) % 20_000}`, undefined, { least: 0 }),
  search('a word of half of the old ones', () => 'campaign'),
  search('nowhere', (turn) => `nowhere${turn}`, undefined, { least: 0 }),
  search('two words', (turn) => `hello w${20 + turn % 500}`, undefined, { least: 1 }),
  search('two frequent words', () => 'w1 tenth', undefined, { least: 10 }),
  search('a beginning', (turn) => `thou${'sand'.slice(0, turn % 5)}`, undefined, { least: 10 }),
  search('a beginning of many words', (turn) => `w${100 + turn % 900}`, undefined, { least: 1 }),
  search('a phrase', () => '"order number"', undefined, { least: 10 }),
  search('a phrase of frequent words that is rare', () => '"number order"', undefined, { least: 0 }),
  search('a frequent name', () => 'first1'),
  search('a name', (turn) => `last${1 + (turn * 97) % 5_000} first${1 + turn % 500}`, undefined, { least: 0 }),
  search('a number', (turn) => `+49 170 ${String(1 + turn * 13).padStart(8, '0')}`, undefined, { least: 0 }),
  search('the end of a number', (turn) => `0170${String(1 + turn * 13).padStart(8, '0')}`, undefined, { least: 0 }),
  // A page that has looked at a thousand says where to go on, with what it found.
  search('in every message, somebody in charge', () => 'hello', (world, turn) => ({ assigneeId: user(world, turn) }), { least: 1 }),
  search('in 1 %, open', () => 'hundredth', () => ({ status: 'OPEN' }), { least: 1 }),
  search('in every message, a rare label', () => 'hello', (world) => ({ labelsAnyOf: [lbl(world, 11)] }), { least: 0 }),
];
