// What a tenant has set, as its callers meet it at the gateway: over HTTP and sockets, at once, and nobody else's.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '../../test/kit/until.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, firstError, FREE, TENANT, type World } from '../world.fixture.js';
import { TenantSettings } from './tenant.settings.js';
import { TokenBuckets } from '../../subgraphs/kernel/base/token.buckets.js';

const OTHER = '018f0000-0000-7000-8000-000000000002';
const CALLER = '{ caller { kind } }';
const RENAMED = 'subscription { renamed(id: "1") { name } }';
const SERVED = { data: { caller: { kind: 'user' } } };

let world: World;
let gateway: Gateway;
let mine: Record<string, string>;
let others: Record<string, string>;
beforeEach(async () => {
  world = startWorld();
  gateway = await world.gateway({ trustedProxies: ['127.0.0.1'], platformOrigins: ['https://app.switchboard.test'] });
  mine = { authorization: (await world.signIn()).authorization };
  others = { authorization: (await world.signIn({ tenant: OTHER })).authorization };
});
afterEach(() => world.stop());

const call = (who: Record<string, string>, headers: Record<string, string> = {}) => ask(gateway, CALLER, { headers: { ...who, ...headers } });
const from = (ip: string) => ({ 'x-forwarded-for': ip });
/** Settings are followed: what was changed holds soon. */
const settled = (refused: unknown, headers: Record<string, string> = {}, who = mine) =>
  until(async () => JSON.stringify((await call(who, headers)).body.errors?.[0]?.extensions ?? null) === JSON.stringify(refused), `calls are answered with ${JSON.stringify(refused)}`, 2_000);

/** A socket of somebody, acknowledged unless it is closed at once. */
async function socket(who: Record<string, string>, headers: Record<string, string> = {}): Promise<{ socket: WebSocket; closed: Promise<number>; frames: { type: string; payload?: unknown }[] }> {
  const opened = new WebSocket(gateway.wsUrl, 'graphql-transport-ws', { headers });
  const closed = once(opened, 'close').then(([code]) => code as number);
  const frames: { type: string; payload?: unknown }[] = [];
  opened.on('message', (data) => { frames.push(JSON.parse(String(data)) as { type: string }); });
  await once(opened, 'open');
  opened.send(JSON.stringify({ type: 'connection_init', payload: who }));
  await Promise.race([closed, once(opened, 'message')]);
  return { socket: opened, closed, frames };
}
const run = (on: WebSocket, id: string, query: string): void => { on.send(JSON.stringify({ id, type: 'subscribe', payload: { query } })); };

describe('lists of addresses', () => {
  const REFUSED = { code: 'FORBIDDEN', reason: 'address' };

  it('let in who they name, behind trusted proxies too, and hold for their tenant alone', async () => {
    expect((await call(mine, from('203.0.113.9'))).body).toEqual(SERVED);
    world.set(TENANT, { ipAllow: ['203.0.113.0/24', '2001:db8::/32'], ipDeny: ['203.0.113.66'] });
    await settled(REFUSED, from('198.51.100.1'));
    for (const ip of ['203.0.113.9', '2001:db8::1', '198.51.100.1, 203.0.113.9']) expect((await call(mine, from(ip))).body).toEqual(SERVED);
    for (const ip of ['203.0.113.66', '2001:db9::1', '203.0.113.9, 198.51.100.1']) {
      const { status, body } = await call(mine, from(ip));
      expect([status, body.data, body.errors?.[0]?.extensions]).toEqual([403, undefined, REFUSED]);
    }
    const { key } = world.issueKey();
    expect(firstError((await call({ 'x-api-key': key }, from('198.51.100.1'))).body)?.extensions).toEqual(REFUSED);
    expect((await call(others, from('198.51.100.1'))).body).toEqual(SERVED);
    expect((await call({}, from('198.51.100.1'))).body).toEqual({ data: { caller: { kind: 'anonymous' } } });
  });

  it('close open sockets, and open no others', async () => {
    const [kept, elsewhere, stranger] = await Promise.all([socket(mine, from('203.0.113.9')), socket(mine, from('198.51.100.1')), socket(others, from('198.51.100.1'))]);
    const fetched = world.fetches.length;
    world.set(TENANT, { ipAllow: ['203.0.113.0/24'] });
    expect(await elsewhere.closed).toBe(4403);
    expect(await (await socket(mine, from('198.51.100.1'))).closed).toBe(4403);
    for (const { socket: open } of [kept, stranger]) run(open, 'one', CALLER);
    await until(async () => [kept, stranger].every(({ frames }) => frames.some(({ type }) => type === 'complete')), 'the other sockets are served');
    expect([kept, stranger].map(({ frames }) => frames[1]?.payload)).toEqual([SERVED, SERVED]);
    expect(world.fetches.length - fetched).toBe(2);
  });
});

describe('while tenancy does not answer', () => {
  it('what was true a moment ago holds, what is not known is refused, and nobody of no tenant notices', async () => {
    world.set(TENANT, { ipDeny: ['198.51.100.0/24'] });
    await settled({ code: 'FORBIDDEN', reason: 'address' }, from('198.51.100.1'));
    // An answer that was under way while the change was heard is not held: the one after it is.
    expect((await call(mine)).body).toEqual(SERVED);
    world.settingsFail = true;
    // Changes are not heard any more: what is remembered is asked for again, in vain.
    await until(async () => {
      const before = world.settingsChecks;
      await call(mine);
      return world.settingsChecks > before;
    }, 'every call asks', 3_000);
    await until(async () => (await call(others)).status === 503, 'a tenant that nobody has asked for is refused', 3_000);
    expect((await call(mine)).body).toEqual(SERVED);
    expect((await call(mine, from('198.51.100.1'))).status).toBe(403);
    expect((await call({})).status).toBe(200);
    world.settingsFail = false;
    await until(async () => (await call(others)).status === 200, 'it is asked for again');
  });

  it('what held holds for thirty seconds, and not when it is known to have changed', async () => {
    const state = { now: 0, away: false, changes: [] as { tenant: string }[] };
    const answered = <T>(value: T): Promise<T> => (state.away ? Promise.reject(new Error('away')) : Promise.resolve(value));
    const settings = new TenantSettings({
      settings: (tenant) => answered({ ...FREE, ipDeny: [tenant === OTHER ? '10.0.0.1' : '10.0.0.2'] }),
      knowsOrigin: () => answered(true),
      announced: () => answered([]),
      changes: () => (state.away && state.changes.length === 0 ? answered({ cursor: '', changes: [] }) : Promise.resolve({ cursor: '', changes: state.changes })),
    }, { time: () => state.now });
    const of = (tenant: string) => settings.of(tenant).then(({ ipDeny }) => ipDeny[0], (error: Error) => error.message);
    const GONE = 'What the tenant has set is unavailable';
    await settings.follower.poll();
    expect(await Promise.all([of(TENANT), of(OTHER)])).toEqual(['10.0.0.2', '10.0.0.1']);
    state.now = 60_000;
    await settings.follower.poll();
    expect(await of(TENANT)).toBe('10.0.0.2');
    state.away = true;
    state.now += 29_999;
    expect(await of(TENANT)).toBe('10.0.0.2');
    state.changes = [{ tenant: TENANT }];
    await settings.follower.poll();
    expect(await Promise.all([of(TENANT), of(OTHER)])).toEqual([GONE, '10.0.0.1']);
    state.changes = [];
    state.now += 30_000;
    expect(await Promise.all([of(OTHER), settings.knowsOrigin('https://a.test').catch((error: Error) => error.message)])).toEqual([GONE, GONE]);
    state.away = false;
    expect(await Promise.all([of(TENANT), of(OTHER)])).toEqual(['10.0.0.2', '10.0.0.1']);
  });
});

describe('maintenance', () => {
  const PERMISSION = 'settings:update';
  const begin = (until: string | null = null) => world.set(TENANT, { maintenance: { message: 'Back at noon', until, permission: PERMISSION } });

  it('refuses everybody of the tenant with its message, but people who may end it', async () => {
    const admin = { authorization: (await world.signIn({ permissions: [PERMISSION] })).authorization };
    const { key } = world.issueKey({ permissions: [PERMISSION] });
    begin('2100-01-01T00:00:00.000Z');
    await settled({ code: 'MAINTENANCE', until: '2100-01-01T00:00:00.000Z' });
    const fetched = world.fetches.length;
    const refused = await call(mine);
    expect([refused.status, refused.headers.get('retry-after'), refused.body.data, firstError(refused.body)?.message]).toEqual([503, '60', undefined, 'Back at noon']);
    expect(firstError((await call({ 'x-api-key': key })).body)?.extensions).toMatchObject({ code: 'MAINTENANCE' });
    expect(world.fetches.length).toBe(fetched);
    for (const who of [admin, others]) expect((await call(who)).body).toEqual(SERVED);
    world.ahead = 100 * 365 * 86_400_000;
    expect((await call({ 'x-api-key': key })).body).toEqual({ data: { caller: { kind: 'api_key' } } });
  });

  it('ends what is live, tells who comes back why, and leaves deliveries alone', async () => {
    world.routes.push({ name: 'hook', subgraph: 'shop', method: 'POST', path: '/hooks/:key', auth: 'signature', maxBytes: 1_000, timeoutMs: 1_000 });
    const [live, stranger] = await Promise.all([socket(mine), socket(others)]);
    for (const { socket: open } of [live, stranger]) run(open, 'one', RENAMED);
    await until(async () => world.live.size === 2, 'both listen');
    begin();
    expect(await live.closed).toBe(1013);
    await until(async () => world.live.size === 1, 'one goes on listening');
    expect(stranger.socket.readyState).toBe(WebSocket.OPEN);
    const back = await socket(mine);
    run(back.socket, 'two', RENAMED);
    await until(async () => back.frames.length > 1, 'it is answered');
    expect(back.frames[1]).toMatchObject({ type: 'error', payload: [{ message: 'Back at noon', extensions: { code: 'MAINTENANCE' } }] });
    const second = await world.gateway();
    expect((await fetch(`${second.url}/hooks/x`, { method: 'POST', body: 'inbound' })).status).toBe(200);
    expect(world.handled.map(({ body }) => String(body))).toEqual(['inbound']);
  });
});

describe('limits', () => {
  it('are of each caller, refused with how long to wait, over sockets too, and of their tenant alone', async () => {
    world.set(TENANT, { perMinute: { person: 30, apiKey: 31 } });
    await until(async () => {
      world.settingsChecks = 0;
      await call(mine);
      return world.settingsChecks > 0;
    }, 'the new settings are asked for');
    const [colleague, { key }] = [{ authorization: (await world.signIn()).authorization }, world.issueKey()];
    const burst = async (who: Record<string, string>, count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => call(who)));
      return answers.filter(({ status }) => status === 429);
    };
    const [refused] = await burst(mine, 60);
    const retryAfter = Number(refused?.headers.get('retry-after'));
    expect([1, 2]).toContain(retryAfter);
    expect(firstError(refused?.body)?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfter });
    expect((await burst(colleague, 30)).length).toBe(0);
    expect((await burst({ 'x-api-key': key }, 31)).length).toBe(0);
    expect((await burst({ 'x-api-key': key }, 60)).length).toBeGreaterThan(0);
    expect((await burst(others, 60)).length).toBe(0);
    const { socket: open, frames } = await socket(mine);
    for (let id = 0; id < 60; id += 1) run(open, String(id), CALLER);
    await until(async () => frames.some(({ type }) => type === 'error'), 'one of them is refused');
    expect(frames.find(({ type }) => type === 'error')).toMatchObject({ payload: [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }] });
  });

  it('fill up steadily to a minute\'s worth, and are spent by who asks in vain as little as by who does not ask', () => {
    let now = 0;
    const buckets = new TokenBuckets(() => now);
    const take = (caller = 'one') => buckets.take(caller, 60);
    expect(Array.from({ length: 60 }, () => take())).toEqual(Array(60).fill(0));
    expect([take(), take(), take('another')]).toEqual([1_000, 1_000, 0]);
    now = 999;
    expect(take()).toBeCloseTo(1);
    now = 1_000;
    expect([take(), take()]).toEqual([0, 1_000]);
    now = 3_600_000;
    expect(Array.from({ length: 61 }, () => take()).filter((wait) => wait > 0)).toEqual([1_000]);
    expect(buckets.take('another', 30)).toBe(0);
  });
});

describe('features', () => {
  it('that are switched off end at once: keys and what is live', async () => {
    const { key } = world.issueKey();
    const [program, live] = await Promise.all([socket({ 'x-api-key': key }), socket(mine)]);
    run(live.socket, 'one', RENAMED);
    await until(async () => world.live.size === 1, 'somebody listens');
    world.set(TENANT, { apiKeys: false, live: false });
    expect(await Promise.all([program.closed, live.closed])).toEqual([4403, 1013]);
    expect(firstError((await call({ 'x-api-key': key })).body)?.extensions).toEqual({ code: 'FORBIDDEN', reason: 'feature' });
    const back = await socket(mine);
    run(back.socket, 'two', RENAMED);
    run(back.socket, 'three', CALLER);
    await until(async () => back.frames.length > 3, 'both are answered');
    expect(back.frames.find(({ type }) => type === 'error')).toMatchObject({ payload: [{ extensions: { code: 'FORBIDDEN', reason: 'feature' } }] });
    expect(back.frames.find(({ type }) => type === 'next')?.payload).toEqual(SERVED);
  });
});

describe('web pages of other origins', () => {
  const [MINE, THEIRS, PLATFORM] = ['https://app.mine.test', 'https://app.theirs.test', 'https://app.switchboard.test'];
  const REFUSED = { code: 'FORBIDDEN', reason: 'origin' };
  const preflight = (origin: string) => fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  it('may call for the tenant that names them; the platform\'s own, and who is no page, for every tenant', async () => {
    const before = await preflight(MINE);
    expect([before.status, before.headers.get('access-control-allow-origin'), (await preflight(PLATFORM)).status]).toEqual([403, null, 204]);
    world.set(TENANT, { origins: [MINE] });
    world.set(OTHER, { origins: [THEIRS] });
    await until(async () => (await preflight(MINE)).status === 204, 'the page is known');
    const { headers } = await preflight(MINE);
    expect(['access-control-allow-origin', 'access-control-allow-methods', 'vary', 'access-control-allow-credentials'].map((name) => headers.get(name)))
      .toEqual([MINE, 'GET, POST, PUT', 'origin', null]);
    expect(headers.get('access-control-allow-headers')).toContain('authorization');
    const served = await call(mine, { origin: MINE });
    expect([served.body, served.headers.get('access-control-allow-origin')]).toEqual([SERVED, MINE]);
    for (const [who, origin] of [[mine, THEIRS], [others, MINE], [mine, 'null'], [mine, `${MINE}:8443`]] as const) {
      const { status, body } = await call(who, { origin });
      expect([origin, status, body.data, body.errors?.[0]?.extensions]).toEqual([origin, 403, undefined, REFUSED]);
    }
    for (const origin of [PLATFORM, gateway.url]) expect((await call(mine, { origin })).body).toEqual(SERVED);
    const login = await call({}, { origin: MINE });
    expect([login.status, login.headers.get('access-control-allow-origin')]).toEqual([200, MINE]);
    expect((await call({}, { origin: 'https://evil.test' })).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('open no sockets for another tenant, and lose those they have when they are taken off the list', async () => {
    world.set(TENANT, { origins: [MINE] });
    await settled(null, { origin: MINE });
    expect(await (await socket(others, { origin: MINE })).closed).toBe(4403);
    const { closed, frames } = await socket(mine, { origin: MINE });
    expect(frames[0]?.type).toBe('connection_ack');
    world.set(TENANT, {});
    expect(await closed).toBe(4403);
    expect(firstError((await call(mine, { origin: MINE })).body)?.extensions).toEqual(REFUSED);
  });
});
