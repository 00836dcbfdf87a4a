// notificationAdded through the port, fed by the real relay: one's own stream, resumed without gap or duplicate.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Metrics } from '../../kernel/base/metrics.js';
import type { SubgraphResult, SubgraphStream } from '../../kernel/base/subgraph-port.js';
import { AURORA, TestIdentity } from '../../../test/kit/identity.js';
import { until } from '../../../test/kit/until.js';
import { Relay } from '../../../workers/relay/relay.js';

const FEED = `subscription ($after: String) { notificationAdded(after: $after) {
  __typename cursor ... on NotificationAdded { notification { id title text } } ... on NotificationFeedGap { reason } } }`;

interface News { __typename: string; cursor: string; notification?: { id: string; text: string } | null; reason?: string }

let identity: TestIdentity;
let relay: Relay;
let owner: Actor;
let both: Actor;
let root: Actor;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  owner = await identity.actorOf((await identity.signIn('owner@demo.test')).accessToken);
  both = await identity.actorOf((await identity.signIn('both@demo.test', encodeId('tnt', AURORA))).accessToken);
  root = await identity.actorOf((await identity.signIn('root@demo.test')).accessToken);
  relay = new Relay({
    schema: 'identity', url: identity.subject.database.urls.system, triggers: [], queue: { enqueue: async () => { throw new Error('no job'); } },
    bus: identity.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
  });
});
afterAll(async () => {
  await relay?.stop();
  await identity?.close();
});

const isStream = (answer: SubgraphStream | SubgraphResult): answer is SubgraphStream => Symbol.asyncIterator in answer;
async function open(actor: Actor, after: string | null = null): Promise<SubgraphStream> {
  const answer = await identity.subject.subscribe(FEED, { after }, actor);
  if (!isStream(answer)) throw new Error(`Refused: ${JSON.stringify(answer)}`);
  return answer;
}
async function next(stream: SubgraphStream): Promise<News> {
  const { value } = await stream.next() as { value: SubgraphResult };
  expect(value.errors).toBeUndefined();
  return (value.data as { notificationAdded: News }).notificationAdded;
}
const tell = (userIds: string[], conversation: number): Promise<number> => identity.subject.running.services.notificationDelivery.request(AURORA, {
  kind: 'MESSAGE_FAILED', userIds, permission: 'conversation:send', subjectId: 'msg_1', params: { conversation }, dedupeKey: newId() });
const relayed = () => until(async () => (await identity.rows('select 1 from identity.outbox')).length === 0, 'everything is relayed');

describe('a notification feed', () => {
  it('tells its person of their own and of nobody else\'s, and goes on after each cursor', async () => {
    const [mine, theirs] = [await open(owner), await open(both)];
    for (const conversation of [1, 2]) await tell([owner.sub ?? ''], conversation);
    await tell([], 3);
    const told = [await next(mine), await next(mine), await next(mine)];
    expect(told.map(({ notification }) => notification?.text)).toEqual([1, 2, 3].map((n) => `A message of conversation #${n} did not reach the customer.`));
    const [only] = [await next(theirs)];
    expect(only.notification?.text).toContain('#3');
    expect(only.notification?.id).not.toBe(told[2]?.notification?.id);
    await Promise.all([mine.return?.(), theirs.return?.()]);

    await tell([owner.sub ?? ''], 4);
    await relayed();
    const resumed = await open(owner, told[0]?.cursor);
    const again = [await next(resumed), await next(resumed), await next(resumed)];
    expect(again.slice(0, 2).map(({ cursor }) => cursor)).toEqual(told.slice(1).map(({ cursor }) => cursor));
    expect(again[2]?.notification?.text).toContain('#4');
    await resumed.return?.();
  });

  it('says so when it cannot go on: from a cursor of nobody\'s, or of another person\'s', async () => {
    const theirs = await open(both);
    await tell([both.sub ?? ''], 5);
    const { cursor } = await next(theirs);
    await theirs.return?.();
    for (const foreign of [cursor, 'bm9uc2Vuc2U']) {
      const mine = await open(owner, foreign);
      expect(await next(mine)).toMatchObject({ __typename: 'NotificationFeedGap', reason: 'UNKNOWN_CURSOR', cursor: expect.any(String) });
      await tell([owner.sub ?? ''], 6);
      expect((await next(mine)).notification?.text).toContain('#6');
      await mine.return?.();
    }
  });

  it('is for people of a tenant', async () => {
    const key: Actor = { ...owner, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    for (const actor of [key, root]) {
      expect(await identity.subject.subscribe(FEED, {}, actor)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    }
    expect(await identity.subject.running.port.subscribe({ query: FEED, variables: {}, headers: {} })).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    await (await open(owner)).return?.();
  });
});
