// conversationFeed and typing through the port: what keeps a list and an open conversation alive, what is refused, and what another tenant hears of it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noCrash } from '../../kernel/base/crash-points.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Metrics } from '../../kernel/base/metrics.js';
import type { SubgraphResult, SubgraphStream } from '../../kernel/base/subgraph-port.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import { Relay } from '../../../workers/relay/relay.js';

const FEED = `subscription ($inboxId: ID, $after: String) { conversationFeed(inboxId: $inboxId, after: $after) {
  __typename cursor ... on ConversationTouched { cause conversation { id status lastMessage { text } } } ... on ConversationFeedGap { reason } } }`;
const TYPING = `subscription ($conversationId: ID!) { typing(conversationId: $conversationId) {
  typing until conversation { id } author { __typename ... on User { id } ... on Contact { id } } } }`;
const SET = 'mutation ($input: TypingSetInput!) { typingSet(input: $input) { until userErrors { __typename code field } } }';

let house: TestConversations;
let relay: Relay;
let conversationId: string;

async function open(query: string, variables: Record<string, unknown>, actor: Actor = house.agent): Promise<SubgraphStream> {
  const answer = await house.subject.subscribe(query, variables, actor);
  if (!(Symbol.asyncIterator in answer)) throw new Error(`Refused: ${JSON.stringify(answer)}`);
  return answer;
}
async function next(stream: SubgraphStream): Promise<Record<string, unknown>> {
  const { value } = await stream.next() as { value: SubgraphResult };
  expect(value.errors).toBeUndefined();
  return Object.values(value.data ?? {})[0] as Record<string, unknown>;
}
const codesOf = (answer: SubgraphResult | SubgraphStream): unknown[] => ('errors' in answer ? answer.errors ?? [] : []).map(({ extensions }) => extensions?.['code']);

beforeAll(async () => {
  house = await TestConversations.boot();
  relay = new Relay({
    schema: 'conversations', url: house.subject.database.urls.system, triggers: [], queue: { enqueue: async () => undefined },
    bus: house.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
  });
  conversationId = encodeId('conv', await house.conversation('15550001111'));
  await until(async () => (await house.rows('select id from conversations.outbox')).length === 0, 'the outbox is empty');
});
afterAll(async () => {
  await relay?.stop();
  await house?.close();
});

describe('conversationFeed', () => {
  it('tells the tenant, and the inbox alone, of what begins, goes on and changes, and goes on after each cursor', async () => {
    const elsewhere = await house.createInbox(house.tenantId, 'second-inbox', '106540352242923');
    const [all, inbox, other] = [await open(FEED, {}), await open(FEED, { inboxId: encodeId('inb', house.inboxId) }), await open(FEED, { inboxId: encodeId('inb', elsewhere) })];
    await house.text('wamid.1', 'Still there?', '15550001111');
    await house.text('wamid.2', 'Somebody new', '15550002222');
    const staff = person(house.tenantId, ['conversation:read', 'conversation:update']);
    await house.ask('mutation ($id: ID!) { conversationResolve(input: { conversationId: $id }) { userErrors { code } } }', { id: conversationId }, staff);
    for (const stream of [all, inbox]) {
      const told = [await next(stream), await next(stream), await next(stream)];
      expect(told.map(({ __typename, cause }) => [__typename, cause])).toEqual([['ConversationTouched', 'MESSAGE_ADDED'], ['ConversationTouched', 'MESSAGE_ADDED'], ['ConversationTouched', 'UPDATED']]);
      expect(told[1]?.['conversation']).toMatchObject({ status: 'OPEN', lastMessage: { text: 'Somebody new' } });
      expect(told[2]?.['conversation']).toMatchObject({ id: conversationId, status: 'RESOLVED' });
      await stream.return?.();
      const resumed = await open(FEED, { ...(stream === inbox ? { inboxId: encodeId('inb', house.inboxId) } : {}), after: told[0]?.['cursor'] });
      expect([(await next(resumed))['cursor'], (await next(resumed))['cursor']]).toEqual(told.slice(1).map(({ cursor }) => cursor));
      await resumed.return?.();
    }
    const silent = await Promise.race([other.next(), new Promise((resolve) => setTimeout(() => resolve('nothing'), 200))]);
    expect(silent).toBe('nothing');
    await other.return?.();
  });

  it('answers a cursor of another feed with a gap, and refuses what is not there or not allowed', async () => {
    const [inbox] = [await open(FEED, { inboxId: encodeId('inb', house.inboxId) })];
    await house.text('wamid.3', 'For a cursor', '15550001111');
    const { cursor } = await next(inbox);
    await inbox.return?.();
    expect(await next(await open(FEED, { after: cursor }))).toMatchObject({ __typename: 'ConversationFeedGap', reason: 'UNKNOWN_CURSOR' });
    expect(codesOf(await house.subject.subscribe(FEED, { inboxId: encodeId('inb', newId()) }, house.agent))).toEqual(['NOT_FOUND']);
    expect(codesOf(await house.subject.subscribe(FEED, { inboxId: 'nonsense' }, house.agent))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await house.subject.subscribe(FEED, { inboxId: encodeId('inb', house.inboxId) }, person(newId(), ['conversation:read'])))).toEqual(['NOT_FOUND']);
    expect(codesOf(await house.subject.subscribe(FEED, {}, person(house.tenantId, [])))).toEqual(['FORBIDDEN']);
  });
});

describe('typing', () => {
  it('is told with who, where and until when, to those who look at that conversation, and nobody else', async () => {
    const [stream, stranger] = [await open(TYPING, { conversationId }), person(newId(), ['conversation:read', 'conversation:create'])];
    const author = { __typename: 'User', id: encodeId('user', house.agent.sub ?? '') };
    const { data } = await house.ask(SET, { input: { conversationId, typing: true } }, house.agent);
    const { until: ends } = data?.['typingSet'] as { until: string };
    expect(await next(stream)).toEqual({ typing: true, until: ends, conversation: { id: conversationId }, author });
    expect(Date.parse(ends) - house.clock.now().getTime()).toBeGreaterThan(1_000);
    await house.ask(SET, { input: { conversationId, typing: false } }, house.agent);
    expect(await next(stream)).toEqual({ typing: false, until: null, conversation: { id: conversationId }, author });
    expect((await house.ask(SET, { input: { conversationId, typing: true } }, stranger)).data).toEqual({ typingSet: { until: null, userErrors: [{ __typename: 'ConversationNotFound', code: 'NOT_FOUND', field: ['input', 'conversationId'] }] } });
    expect(codesOf(await house.subject.subscribe(TYPING, { conversationId }, stranger))).toEqual(['NOT_FOUND']);
    const silent = await Promise.race([stream.next(), new Promise((resolve) => setTimeout(() => resolve('nothing'), 200))]);
    expect(silent).toBe('nothing');
    await stream.return?.();
  });

  it('is told of the visitor of a web chat, by their own token, and of nobody who is blocked', async () => {
    await house.services.inboxes.create(house.tenantId, { key: 'typing-chat', name: 'Chat', channel: 'WEB_CHAT', credentials: { tokenSecret: 'x'.repeat(40), identitySecret: 'identity-secret-x' } });
    const call = async (route: string, body: unknown, token?: string): Promise<{ status: number; body: Record<string, unknown> }> => {
      const answer = await house.subject.running.routes.port.handle(route, {
        params: { inboxKey: 'typing-chat' }, query: new URLSearchParams(), body: Buffer.from(JSON.stringify(body)), oversize: false, ip: '192.0.2.8', correlationId: 'typing', url: 'https://house.test/',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
      return { status: answer.status, body: JSON.parse(String(answer.body)) as Record<string, unknown> };
    };
    const token = String((await call('webChatSession', { name: 'Ana' })).body['token']);
    const type = (typing: unknown, by: string | undefined = token) => call('webChatTyping', { typing }, by);
    // Before their first message there is nothing to look at.
    expect(await type(true)).toEqual({ status: 200, body: { until: null } });
    await call('webChatSend', { items: [{ kind: 'message', id: '1', text: 'Hello' }] }, token);
    await house.ingestAll();
    const [row] = await house.rows<{ id: string; contact_id: string }>(`select c.id, c.contact_id from conversations.conversation c join conversations.inbox i on i.id = c.inbox_id where i.key = 'typing-chat'`);
    const theirs = encodeId('conv', row?.id ?? '');
    const [stream, elsewhere] = [await open(TYPING, { conversationId: theirs }), await open(TYPING, { conversationId })];
    const author = { __typename: 'Contact', id: encodeId('cont', row?.contact_id ?? '') };
    const { body: { until: ends } } = await type(true);
    expect(await next(stream)).toEqual({ typing: true, until: ends, conversation: { id: theirs }, author });
    expect(await type(false)).toEqual({ status: 200, body: { until: null } });
    expect(await next(stream)).toEqual({ typing: false, until: null, conversation: { id: theirs }, author });
    expect([(await call('webChatTyping', { typing: true })).status, (await type(true, `${token}x`)).status, (await type('yes')).status, (await type(undefined)).status]).toEqual([401, 401, 400, 400]);
    await house.rows('update conversations.contact set blocked_at = now() where id = $1', [row?.contact_id]);
    expect(await type(true)).toEqual({ status: 200, body: { until: null } });
    const silent = await Promise.race([stream.next(), elsewhere.next(), new Promise((resolve) => setTimeout(() => resolve('nothing'), 200))]);
    expect(silent).toBe('nothing');
    const statuses = [];
    for (let time = 0; time < 31; time += 1) statuses.push((await type(true)).status);
    expect([statuses[0], statuses.at(-1)]).toEqual([200, 429]);
    await stream.return?.();
    await elsewhere.return?.();
  });

  it('is kept nowhere', async () => {
    expect(await house.rows(`select 1 from conversations.feed where type ilike '%typing%'`)).toEqual([]);
    expect(await house.rows(`select 1 from conversations.outbox where type ilike '%typing%'`)).toEqual([]);
  });
});
