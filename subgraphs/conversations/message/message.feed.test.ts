// messageFeed through the port: what it refuses, what it tells, and that ending it is immediate.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noCrash } from '../../kernel/base/crash-points.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Metrics } from '../../kernel/base/metrics.js';
import { StreamInterrupted, type SubgraphResult, type SubgraphStream } from '../../kernel/base/subgraph-port.js';
import { statusBody, TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import { Relay } from '../../../workers/relay/relay.js';

const FEED = `subscription ($conversationId: ID, $inboxId: ID, $after: String) { messageFeed(conversationId: $conversationId, inboxId: $inboxId, after: $after) {
  __typename cursor ... on MessageAdded { message { id seq direction text status author { __typename ... on Contact { name } ... on User { id } } } }
  ... on MessageUpdated { message { seq status } } ... on ConversationUpdated { conversation { id status } } ... on FeedGap { reason } } }`;

let house: TestConversations;
let relay: Relay;
let thread: string;
let conversationId: string;
const from = '15550001111';

const subscribe = (variables: Record<string, unknown>, actor: Actor = house.agent) => house.subject.subscribe(FEED, variables, actor);
const isStream = (answer: SubgraphStream | SubgraphResult): answer is SubgraphStream => Symbol.asyncIterator in answer;
async function open(variables: Record<string, unknown>, actor: Actor = house.agent): Promise<SubgraphStream> {
  const answer = await subscribe(variables, actor);
  if (!isStream(answer)) throw new Error(`Refused: ${JSON.stringify(answer)}`);
  return answer;
}
type Event = { __typename: string; cursor: string; message?: Record<string, unknown>; conversation?: Record<string, unknown>; reason?: string };
async function next(stream: SubgraphStream): Promise<Event> {
  const { value } = await stream.next() as { value: SubgraphResult };
  expect(value.errors).toBeUndefined();
  return (value.data as { messageFeed: Event }).messageFeed;
}

beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  // What starts no job here is done by hand.
  relay = new Relay({
    schema: 'conversations', url: house.subject.database.urls.system, triggers: [], queue: { enqueue: async () => { throw new Error('no job'); } },
    bus: house.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
  });
  thread = await house.conversation(from);
  conversationId = encodeId('conv', thread);
  // A feed without cursor begins at what is relayed: what made the conversation must be behind it.
  await until(async () => (await house.rows('select id from conversations.outbox')).length === 0, 'the outbox is empty');
});
afterAll(async () => {
  await relay?.stop();
  await house?.close();
});

describe('a message feed', () => {
  it('tells what staff do with the conversation, and nothing when that changed nothing', async () => {
    const stream = await open({ inboxId: encodeId('inb', house.inboxId) });
    const staff = person(house.tenantId, ['conversation:read', 'conversation:update']);
    const move = (field: string) => house.ask(`mutation ($id: ID!) { ${field}(input: { conversationId: $id }) { userErrors { code } } }`, { id: conversationId }, staff);
    for (const field of ['conversationResolve', 'conversationResolve']) await move(field);
    expect(await next(stream)).toMatchObject({ __typename: 'ConversationUpdated', conversation: { id: conversationId, status: 'RESOLVED' } });
    await move('conversationOpen');
    expect(await next(stream)).toMatchObject({ __typename: 'ConversationUpdated', conversation: { id: conversationId, status: 'OPEN' } });
    await stream.return?.();
    await until(async () => (await house.rows('select id from conversations.outbox')).length === 0, 'the outbox is empty');
  });

  it('tells of what comes, what is written and how it goes, to conversation and inbox alike, and goes on after each cursor', async () => {
    const streams = [await open({ conversationId }), await open({ inboxId: encodeId('inb', house.inboxId) })];
    await house.text('wamid.in', 'Hello?', from);
    await house.queue(thread, 'Hi');
    await house.drain(thread);
    const [externalId] = (await house.rows<{ external_id: string }>(`select external_id from conversations.message where text = 'Hi'`)).map((row) => row.external_id);
    await house.deliver(statusBody({ id: externalId ?? '', status: 'read' }));
    const told = await Promise.all(streams.map(async (stream) => [await next(stream), await next(stream), await next(stream), await next(stream)]));
    const user = { __typename: 'User', id: encodeId('user', house.agent.sub ?? '') };
    for (const events of told) {
      expect(events.map(({ __typename }) => __typename)).toEqual(['MessageAdded', 'MessageAdded', 'MessageUpdated', 'MessageUpdated']);
      // A message is read when its event is delivered: by then it may have moved on, but never back.
      expect(events[0]?.message).toMatchObject({
        seq: 2, direction: 'INBOUND', text: 'Hello?', status: 'RECEIVED', author: { __typename: 'Contact', name: `Contact ${from}` } });
      expect(events[1]?.message).toMatchObject({ seq: 3, direction: 'OUTBOUND', text: 'Hi', author: user });
      expect(events[3]?.message).toEqual({ seq: 3, status: 'READ' });
      expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(4);
    }
    for (const [index, stream] of streams.entries()) {
      await stream.return?.();
      const variables = index === 0 ? { conversationId } : { inboxId: encodeId('inb', house.inboxId) };
      const resumed = await open({ ...variables, after: told[index]?.[1]?.cursor });
      expect([(await next(resumed)).cursor, (await next(resumed)).cursor]).toEqual(told[index]?.slice(2).map(({ cursor }) => cursor));
      await resumed.return?.();
      // A cursor of the other feed is none of this one.
      const crossed = await open({ ...variables, after: told[1 - index]?.[1]?.cursor });
      expect(await next(crossed)).toMatchObject({ __typename: 'FeedGap', reason: 'UNKNOWN_CURSOR' });
      await crossed.return?.();
    }
  });

  it('reads what waits together: many events cost few statements, and each is told for itself and in order', async () => {
    const live = await open({ conversationId });
    const texts = Array.from({ length: 8 }, (_none, index) => `waiting ${index}`);
    await house.text('wamid.first', 'first', from);
    const { cursor } = await next(live);
    await live.return?.();
    for (const text of texts) await house.text(`wamid.${text}`, text, from);
    await until(async () => (await house.rows('select id from conversations.outbox')).length === 0, 'they are relayed');
    const stream = await open({ conversationId, after: cursor });
    const { database } = house.subject.running;
    const before = database.statements;
    const told: Event[] = [];
    while (told.length < texts.length) told.push(await next(stream));
    // Looking for what follows included. One by one, each took five.
    expect(database.statements - before).toBeLessThan(20);
    expect(told.map(({ message }) => message?.['text'])).toEqual(texts);
    await stream.return?.();
  });

  it('is opened by many at once, more than the subgraph has connections', async () => {
    const streams = await Promise.all(Array.from({ length: 24 }, () => open({ conversationId })));
    await house.text('wamid.many', 'Many?', from);
    for (const event of await Promise.all(streams.map(next))) expect(event.message).toMatchObject({ text: 'Many?' });
    await Promise.all(streams.map((stream) => stream.return?.()));
  });

  it('breaks while the database is away instead of telling an event without its message, and goes on after the last cursor', async () => {
    const live = await open({ conversationId });
    await house.text('wamid.before', 'before', from);
    const { cursor } = await next(live);
    await house.text('wamid.meanwhile', 'meanwhile', from);
    await until(async () => (await house.rows('select id from conversations.outbox')).length === 0, 'it is relayed');
    // It has not read yet what it is to go on with.
    const behind = await open({ conversationId, after: cursor });
    const database = (await house.rows<{ name: string }>('select current_database() as name'))[0]?.name ?? '';
    // No connection of the subgraph survives, and no new one is let in.
    await house.admin.query(`alter database ${database} connection limit 0`);
    await house.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'switchboard:conversations'`, [database]);
    try {
      await expect(live.next()).rejects.toBeInstanceOf(StreamInterrupted);
      await expect(behind.next()).rejects.toBeInstanceOf(StreamInterrupted);
      // Whoever comes back too early is not refused either.
      const early = await open({ conversationId, after: cursor });
      await expect(early.next()).rejects.toBeInstanceOf(StreamInterrupted);
    } finally {
      await house.admin.query(`alter database ${database} connection limit -1`);
    }
    await live.return?.();
    const resumed = await open({ conversationId, after: cursor });
    expect((await next(resumed)).message).toMatchObject({ text: 'meanwhile' });
    await resumed.return?.();
  });

  it('that is ended while its next event is awaited ends at once, and holds no connection', async () => {
    const stream = await open({ conversationId });
    const waiting = stream.next();
    await stream.return?.();
    expect([await waiting, await stream.next()]).toEqual([{ done: true, value: undefined }, { done: true, value: undefined }]);
    const { pool } = house.subject.running.database;
    expect(pool.totalCount - pool.idleCount).toBe(0);
  });
});

describe('a message feed is refused', () => {
  const both = (): Record<string, unknown> => ({ conversationId, inboxId: encodeId('inb', house.inboxId) });
  it.each<[string, () => Record<string, unknown>, string[]]>([
    ['without a target', () => ({}), ['conversationId']], ['with two', both, ['inboxId']],
    ['for an id of another kind', () => ({ conversationId: encodeId('inb', house.inboxId) }), ['conversationId']],
    ['for an inbox id that is none', () => ({ inboxId: '' }), ['inboxId']], ['for a conversation id that is none', () => ({ conversationId: '' }), ['conversationId']],
  ])('%s', async (_, variables, field) => {
    expect(await subscribe(variables())).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field } }] });
  });

  it('for another tenant exactly as for an id nobody has', async () => {
    const rival = person(newId(), ['conversation:read']);
    const foreign = await subscribe({ conversationId }, rival);
    expect(foreign).toEqual({ errors: [expect.objectContaining({ message: 'The conversation was not found.', extensions: { code: 'NOT_FOUND' } })] });
    expect(await subscribe({ conversationId: encodeId('conv', newId()) })).toEqual(foreign);
    expect(await subscribe({ inboxId: encodeId('inb', house.inboxId) }, rival)).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  it('without the right, which is an audit event, and without a person', async () => {
    expect(await subscribe({ conversationId }, person(house.tenantId, []))).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN', permission: 'conversation:read' } }] });
    const denied = await house.rows(`select event->>'outcome' as outcome from conversations.audit_staging where event->>'action' = 'subscription.messageFeed'`);
    expect(denied).toEqual([{ outcome: 'DENIED' }]);
    expect(await house.subject.running.port.subscribe({ query: FEED, variables: { conversationId }, headers: {} })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});
