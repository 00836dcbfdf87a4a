// Presence through the port: what is said, seen, refused, and over by time alone.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import type { SubgraphResult, SubgraphStream } from '../../kernel/base/subgraph-port.js';
import { encodeId } from '../../kernel/base/ids.js';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';

const UPDATE = `mutation ($input: PresenceUpdateInput!) { presenceUpdate(input: $input) {
  presence { status text since } userErrors { __typename code field } } }`;
const SEEN = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { presence { status text since } } } }';
const SECOND = 1_000;

let identity: TestIdentity;
let owner: Actor;
let viewer: Actor;
let rival: Actor;
let root: Actor;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  const actor = async (email: string) => identity.actorOf((await identity.signIn(email)).accessToken);
  [owner, viewer, rival, root] = [await actor('owner@demo.test'), await actor('viewer@demo.test'), await actor('owner@rival.test'), await actor('root@demo.test')];
});
afterAll(() => identity?.close());

const say = (input: Record<string, unknown>, actor: Actor) => identity.subject.ask(UPDATE, { input }, actor);
const said = async (input: Record<string, unknown>, actor: Actor): Promise<unknown> => {
  const { data, errors } = await say(input, actor);
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({ presenceUpdate: { userErrors: [] } });
  return (data?.['presenceUpdate'] as { presence: unknown }).presence;
};
const seen = async (of: Actor[], by: Actor): Promise<unknown[]> => {
  const representations = of.map(({ sub }) => ({ __typename: 'User', id: encodeId('user', sub ?? '') }));
  const { data, errors } = await identity.subject.ask(SEEN, { of: representations }, by);
  expect(errors).toBeUndefined();
  return (data?.['_entities'] as ({ presence: unknown } | null)[]).map((user) => user && user.presence);
};
const stored = () => identity.rows('select tenant_id, user_id, status, note from identity.presence order by user_id');

describe('presence', () => {
  it('is OFFLINE for who never said anything', async () => {
    expect(await seen([viewer], owner)).toEqual([{ status: 'OFFLINE', text: null, since: null }]);
  });

  it('holds while it is repeated, keeps when it began, and is over 90 seconds after the last word', async () => {
    const since = identity.now.toISOString();
    expect(await said({ status: 'BUSY', text: '  On the phone ' }, viewer)).toEqual({ status: 'BUSY', text: 'On the phone', since });
    identity.advance(60 * SECOND);
    expect(await said({ status: 'BUSY' }, viewer)).toEqual({ status: 'BUSY', text: null, since });
    identity.advance(89 * SECOND);
    expect(await seen([viewer], owner)).toEqual([{ status: 'BUSY', text: null, since }]);
    identity.advance(1 * SECOND);
    const gone = identity.now.toISOString();
    expect(await seen([viewer], owner)).toEqual([{ status: 'OFFLINE', text: null, since: gone }]);
    identity.advance(1 * SECOND);
    expect(await seen([viewer], owner)).toEqual([{ status: 'OFFLINE', text: null, since: gone }]);
    // Back after a silence is a new beginning, also with the same word.
    expect(await said({ status: 'BUSY' }, viewer)).toEqual({ status: 'BUSY', text: null, since: identity.now.toISOString() });
  });

  it('said to be over stays so, with its text', async () => {
    const since = identity.now.toISOString();
    await said({ status: 'OFFLINE', text: 'Back on Monday' }, viewer);
    identity.advance(3_600 * SECOND);
    expect(await seen([viewer], owner)).toEqual([{ status: 'OFFLINE', text: 'Back on Monday', since }]);
    expect(await said({ status: 'OFFLINE' }, viewer)).toEqual({ status: 'OFFLINE', text: null, since });
  });

  it('is read for many in one statement, and by nobody of another tenant', async () => {
    await said({ status: 'ONLINE' }, owner);
    await said({ status: 'AWAY' }, viewer);
    const before = identity.subject.running.database.statements;
    expect(await seen([owner, viewer, rival], owner)).toMatchObject([{ status: 'ONLINE' }, { status: 'AWAY' }, null]);
    expect(identity.subject.running.database.statements - before).toBe(4);
    expect(await seen([owner, rival], rival)).toMatchObject([null, { status: 'OFFLINE' }]);
  });

  it('is for people of the platform too, among themselves', async () => {
    expect(await said({ status: 'ONLINE' }, root)).toMatchObject({ status: 'ONLINE' });
    expect(await seen([root], root)).toMatchObject([{ status: 'ONLINE' }]);
    expect(await seen([root], owner)).toEqual([null]);
  });
});

describe('the trail', () => {
  it('tells who came and went apart from who is still there, and nothing of what they wrote', async () => {
    const [first = 0] = [(await identity.audit('presence.update')).length];
    identity.advance(3_600 * SECOND);
    for (const input of [{ status: 'ONLINE', text: 'secret' }, { status: 'ONLINE', text: 'secret' }, { status: 'AWAY' }]) await said(input, owner);
    const events = (await identity.audit('presence.update')).slice(first);
    const id = encodeId('user', owner.sub ?? '');
    expect(events.map(({ tenant, event }) => [tenant, event.severity, event.resource?.id, event.before, event.after])).toEqual([
      [AURORA, 'INFO', id, { status: 'OFFLINE' }, { status: 'ONLINE' }], [AURORA, 'DEBUG', id, null, null],
      [AURORA, 'INFO', id, { status: 'ONLINE' }, { status: 'AWAY' }],
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });
});

describe('what is refused', () => {
  it.each([
    ['too long', 'x'.repeat(101)], ['two lines', 'a\nb'], ['a NUL', 'a\0b'], ['half a character', 'a\ud800b'],
  ])('%s: as data, and nothing is written', async (_, text) => {
    const before = await stored();
    expect((await say({ status: 'BUSY', text }, owner)).data).toEqual({
      presenceUpdate: { presence: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'text'] }] } });
    expect(await stored()).toEqual(before);
    expect(await said({ status: 'BUSY', text: 'x'.repeat(100) }, owner)).toMatchObject({ text: 'x'.repeat(100) });
  });

  it('a status that is none, and an empty text is no text', async () => {
    expect((await say({ status: 'GONE' }, owner)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await said({ status: 'BUSY', text: '   ' }, owner)).toMatchObject({ status: 'BUSY', text: null });
  });

  it('nobody, and an API key, which is nobody', async () => {
    const before = await stored();
    const key: Actor = { ...owner, kind: 'api_key', sub: null, session: null, apiKey: owner.sub };
    expect((await identity.subject.ask(UPDATE, { input: { status: 'AWAY' } })).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect((await say({ status: 'AWAY' }, key)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await stored()).toEqual(before);
  });
});

it('the database lets nobody say it for another, and shows no other tenant', async () => {
  const client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
  await client.connect();
  const as = async (tenant: string, user: string, query: string, values: unknown[] = []) => {
    await client.query('begin');
    try {
      await client.query(`select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`, [tenant, user]);
      return await client.query(query, values);
    } finally {
      await client.query('rollback');
    }
  };
  const insert = `insert into identity.presence values ($1, $2, 'AWAY', null, now(), now())
    on conflict (tenant_id, user_id) do update set status = excluded.status`;
  try {
    const me = owner.sub ?? '';
    expect((await as(AURORA, me, insert, [AURORA, me])).rowCount).toBe(1);
    await expect(as(AURORA, me, insert, [AURORA, viewer.sub])).rejects.toMatchObject({ code: '42501' });
    expect((await as(AURORA, me, `update identity.presence set status = 'AWAY'`)).rowCount).toBe(1);
    expect((await as(AURORA, me, 'select 1 from identity.presence')).rowCount).toBe(2);
    expect((await as(RIVAL, rival.sub ?? '', 'select 1 from identity.presence')).rowCount).toBe(0);
  } finally {
    await client.end();
  }
});

describe('the subscription', () => {
  const LIVE = 'subscription { presence { presence { status text since } user { id } } }';
  async function open(actor: Actor): Promise<SubgraphStream> {
    const answer = await identity.subject.subscribe(LIVE, {}, actor);
    if (!(Symbol.asyncIterator in answer)) throw new Error(`Refused: ${JSON.stringify(answer)}`);
    return answer;
  }
  const next = async (stream: SubgraphStream): Promise<unknown> => ((await stream.next()).value as SubgraphResult).data?.['presence'];

  it('tells colleagues who comes, changes their word and falls silent, no heartbeat, and no other tenant', async () => {
    const id = encodeId('user', viewer.sub ?? '');
    const [stream, elsewhere] = [await open(owner), await open(rival)];
    await said({ status: 'OFFLINE' }, viewer);
    expect(await next(stream)).toMatchObject({ presence: { status: 'OFFLINE' }, user: { id } });
    await said({ status: 'ONLINE' }, viewer);
    expect(await next(stream)).toMatchObject({ presence: { status: 'ONLINE', text: null }, user: { id } });
    await said({ status: 'ONLINE' }, viewer);
    await said({ status: 'ONLINE', text: 'Back at two' }, viewer);
    expect(await next(stream)).toMatchObject({ presence: { status: 'ONLINE', text: 'Back at two' }, user: { id } });
    identity.advance(91 * SECOND);
    // Others who had spoken fall silent at this moment too.
    let silent = await next(stream) as { user: { id: string } };
    while (silent.user.id !== id) silent = await next(stream) as { user: { id: string } };
    expect(silent).toMatchObject({ presence: { status: 'OFFLINE', text: null }, user: { id } });
    await said({ status: 'BUSY' }, rival);
    expect(await next(elsewhere)).toMatchObject({ presence: { status: 'BUSY' }, user: { id: encodeId('user', rival.sub ?? '') } });
    await Promise.all([stream.return?.(), elsewhere.return?.()]);
  });

  it('is for who may see colleagues', async () => {
    expect(await identity.subject.subscribe(LIVE, {}, { ...viewer, permissions: [] })).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });
});
