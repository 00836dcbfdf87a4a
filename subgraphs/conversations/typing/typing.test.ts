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

  it('is kept nowhere', async () => {
    expect(await house.rows(`select 1 from conversations.feed where type ilike '%typing%'`)).toEqual([]);
    expect(await house.rows(`select 1 from conversations.outbox where type ilike '%typing%'`)).toEqual([]);
  });
});
