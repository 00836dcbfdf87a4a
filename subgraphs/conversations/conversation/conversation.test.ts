// The list of conversations: pages, filters, unread marks, and how few statements it costs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { batchBody, TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

const LIST = `query ($first: Int, $after: String, $filter: ConversationFilter) { conversations(first: $first, after: $after, filter: $filter) {
  nodes { id displayNumber status unreadCount lastActivityAt assignee { id } inbox { id name } contact { id name }
    lastMessage { id seq direction type text status createdAt } }
  edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`;
const READ = `mutation ($id: ID!) { conversationMarkRead(input: { conversationId: $id }) { conversation { id unreadCount } userErrors { __typename code field } } }`;
const MESSAGES = `query ($id: ID!, $first: Int, $after: String) { conversation(id: $id) { id messages(first: $first, after: $after) {
  nodes { seq text author { __typename ... on Contact { name } } conversation { id } } pageInfo { endCursor hasNextPage hasPreviousPage } } } }`;

interface Node { id: string; displayNumber: number; unreadCount: number; contact: { name: string } }
interface Listed { nodes: Node[]; edges: { cursor: string; node: { id: string } }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean } }

const TOTAL = 27;
let house: TestConversations;
let ids: string[];

const list = async (variables: Record<string, unknown> = {}, actor = house.agent): Promise<Listed> => {
  const { data, errors } = await house.ask(LIST, variables, actor);
  expect(errors).toBeUndefined();
  return (data as { conversations: Listed }).conversations;
};
const refused = async (variables: Record<string, unknown>): Promise<unknown[]> => {
  const { data, errors } = await house.ask(LIST, variables);
  return [data?.['conversations'] ?? null, ...(errors ?? []).map(({ extensions }) => extensions)];
};
const uuid = async (displayNumber: number): Promise<string> =>
  (await house.rows<{ id: string }>('select id from conversations.conversation where display_number = $1', [displayNumber]))[0]?.id ?? '';

beforeAll(async () => {
  house = await TestConversations.boot();
  await house.deliver(batchBody(Array.from({ length: TOTAL }, (_, index) =>
    ({ id: `wamid.${index}`, text: `Hello ${index}`, from: `1555${1000 + index}`, name: `Person ${index}` }))));
  // Three groups of equal times, so that pages must break ties.
  await house.admin.query(`update conversations.conversation set last_activity_at = '2026-11-21T09:00:00.123Z'::timestamptz + (display_number % 3) * interval '1 minute'`);
  ids = (await house.rows<{ id: string }>('select id from conversations.conversation order by last_activity_at desc, id desc')).map(({ id }) => encodeId('conv', id));
});
afterAll(() => house?.close());

describe('the list', () => {
  it('is 25 unless asked otherwise, latest activity first, then by id', async () => {
    const page = await list();
    expect(page.nodes.map(({ id }) => id)).toEqual(ids.slice(0, 25));
    expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it.each([1, 4, 9, 26, 27, 100])('pages of %d over equal times give each one once, in order', async (first) => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { edges, pageInfo }: Listed = await list({ first, after });
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
      seen.push(...edges.map(({ node }) => node.id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(ids);
  });

  it('goes on after each single row', async () => {
    const { edges } = await list({ first: 100 });
    const rests = await Promise.all(edges.map(({ cursor }) => list({ first: 100, after: cursor })));
    expect(rests.map(({ nodes }) => nodes.length)).toEqual(edges.map((_, index) => TOTAL - 1 - index));
  });

  it('costs the same few statements however long it is', async () => {
    const cost = async (first: number): Promise<number> => {
      const before = house.subject.running.database.statements;
      expect((await list({ first })).nodes).toHaveLength(first);
      return house.subject.running.database.statements - before;
    };
    expect([await cost(25), await cost(2)]).toEqual([8, 8]);
  });

  const cursor = (...values: unknown[]): string => Buffer.from(JSON.stringify(values)).toString('base64url');
  it.each([
    ['messages', cursor(5)], ['a day that is none', cursor('2026-02-30T00:00:00.000Z', newId())], ['a month that is none', cursor('2026-99-01T00:00:00.000Z', newId())],
    ['the year 0', cursor('0000-01-01T00:00:00.000Z', newId())], ['no id', cursor('2026-11-21T09:00:00.000Z', `' or true --`)], ['nothing', cursor()],
  ])('refuses a cursor of %s', async (_, after) => {
    expect((await list({ after: cursor('2026-11-21T09:00:00.000Z', newId()) })).nodes).toEqual([]);
    expect(await refused({ after })).toEqual([null, { code: 'BAD_USER_INPUT', field: ['after'] }]);
  });
});

describe('a filter', () => {
  it('by status, inbox, person in charge, and all of them', async () => {
    const boss = newId();
    const second = await house.createInbox(house.tenantId, 'second');
    const [one = '', two = ''] = [await uuid(1), await uuid(2)];
    await house.admin.query(`update conversations.conversation set status = 'SNOOZED' where id = any ($1)`, [[one, two]]);
    await house.admin.query('update conversations.conversation set assignee_id = $1 where id = $2', [boss, two]);
    await house.admin.query('update conversations.conversation set inbox_id = $1 where id = $2', [second, one]);
    const numbers = async (filter: Record<string, unknown>): Promise<number[]> => (await list({ first: 100, filter })).nodes.map(({ displayNumber }) => displayNumber).sort();
    const inboxId = encodeId('inb', second);
    const assigneeId = encodeId('user', boss);
    expect(await numbers({ status: 'SNOOZED' })).toEqual([1, 2]);
    expect(await numbers({ inboxId })).toEqual([1]);
    expect(await numbers({ assigneeId })).toEqual([2]);
    expect(await numbers({ status: 'SNOOZED', inboxId, assigneeId })).toEqual([]);
    expect(await numbers({ status: 'SNOOZED', inboxId, assigneeId: null })).toEqual([1]);
    expect(await numbers({ status: 'PENDING' })).toEqual([]);
    expect(await numbers({ status: null, inboxId: null, assigneeId: null })).toHaveLength(TOTAL);
    expect((await list({ filter: { assigneeId } })).nodes).toMatchObject([{ status: 'SNOOZED' }]);
  });

  it.each([
    ['inboxId', 'conv_01h455vb4pex5vsknk084sn02q'], ['assigneeId', 'me'], ['inboxId', '\0'], ['inboxId', ''], ['assigneeId', ''],
  ])('%s: %j is no id', async (name, value) => {
    expect(await refused({ filter: { [name]: value } })).toEqual([null, { code: 'BAD_USER_INPUT', field: ['filter', name] }]);
  });

  it('by the inbox of another tenant finds nothing', async () => {
    const foreign = await house.createInbox(newId(), 'foreign');
    expect((await list({ filter: { inboxId: encodeId('inb', foreign) } })).nodes).toEqual([]);
  });
});

describe('unreadCount', () => {
  const unread = async (number: number, actor = house.agent): Promise<number | undefined> =>
    (await list({ first: 100 }, actor)).nodes.find(({ displayNumber }) => displayNumber === number)?.unreadCount;

  it('is of each viewer, ends with markRead, and starts again with the next message', async () => {
    const colleague = person(house.tenantId, ['conversation:read']);
    const id = encodeId('conv', await uuid(5));
    expect([await unread(5), await unread(5, colleague)]).toEqual([1, 1]);
    expect(await house.ask(READ, { id })).toEqual({ data: { conversationMarkRead: { conversation: { id, unreadCount: 0 }, userErrors: [] } } });
    expect([await unread(5), await unread(5, colleague)]).toEqual([0, 1]);
    await house.text('wamid.more', 'more', '15551004');
    expect([await unread(5), await unread(5, colleague)]).toEqual([1, 2]);
    await house.queue(await uuid(5), 'a reply counts for nobody');
    expect([await unread(5), await unread(5, colleague)]).toEqual([1, 2]);
    await house.ask(READ, { id }, colleague);
    expect([await unread(5), await unread(5, colleague)]).toEqual([1, 0]);
    const [audit] = await house.rows(`select event->'resource'->>'id' as resource, event->>'outcome' as outcome from conversations.audit_staging
      where event->>'action' = 'conversation.mark_read' order by id desc limit 1`);
    expect(audit).toEqual({ resource: id, outcome: 'SUCCESS' });
  });

  it('of ten marks at once is marked once, and never goes back', async () => {
    const id = encodeId('conv', await uuid(6));
    const answers = await Promise.all(Array.from({ length: 10 }, () => house.ask(READ, { id })));
    expect(answers.every(({ errors }) => errors === undefined)).toBe(true);
    expect(await unread(6)).toBe(0);
  });

  it('of another tenant cannot be marked, and nothing is written', async () => {
    const before = await house.count('conversation_read');
    const rival = person(newId(), ['conversation:read']);
    const id = encodeId('conv', await uuid(7));
    for (const [asked, actor] of [[id, rival], [encodeId('conv', newId()), house.agent]] as const) {
      expect(await house.ask(READ, { id: asked }, actor)).toEqual({ data: { conversationMarkRead: { conversation: null, userErrors: [
        { __typename: 'ConversationNotFound', code: 'NOT_FOUND', field: ['input', 'conversationId'] }] } } });
    }
    expect(await house.count('conversation_read')).toBe(before);
  });
});

describe('messages of a conversation', () => {
  interface Messages { nodes: { seq: number; text: string; author: unknown; conversation: unknown }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
  const page = async (id: string, first: number, after: string | null): Promise<Messages> =>
    ((await house.ask(MESSAGES, { id, first, after })).data as { conversation: { messages: Messages } }).conversation.messages;

  it('come newest first, page by page, also while more arrive', async () => {
    const from = '15551010';
    await house.deliver(batchBody(Array.from({ length: 6 }, (_, index) => ({ id: `wamid.page.${index}`, text: `t${index}`, from, name: 'x' }))));
    const id = encodeId('conv', await uuid(11));
    const first = await page(id, 3, null);
    expect(first.nodes.map(({ seq }) => seq)).toEqual([7, 6, 5]);
    expect(first.nodes[0]).toEqual({ seq: 7, text: 't5', author: { __typename: 'Contact', name: 'Person 10' }, conversation: { id } });
    await house.text('wamid.page.new', 'new', from);
    const second = await page(id, 3, first.pageInfo.endCursor);
    const third = await page(id, 3, second.pageInfo.endCursor);
    expect([second, third].map(({ nodes, pageInfo }) => [nodes.map(({ seq }) => seq), pageInfo.hasNextPage])).toEqual([[[4, 3, 2], true], [[1], false]]);
  });

  it('refuse a cursor that no seq can be', async () => {
    const id = encodeId('conv', await uuid(11));
    for (const seq of [2 ** 31, 1e300, -1, 1.5, '1', null]) {
      const after = Buffer.from(JSON.stringify([seq])).toString('base64url');
      expect(await house.ask(MESSAGES, { id, after })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field: ['after'] } }] });
    }
    expect((await house.ask(MESSAGES, { id: encodeId('conv', newId()) })).data).toEqual({ conversation: null });
  });
});
