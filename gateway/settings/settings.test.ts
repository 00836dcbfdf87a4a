// What a tenant has set, as its callers meet it at the gateway: over HTTP and sockets, at once, and nobody else's.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '../../test/kit/until.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, firstError, TENANT, type World } from '../world.fixture.js';

const OTHER = '018f0000-0000-7000-8000-000000000002';
const CALLER = '{ caller { kind } }';
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
    world.settingsFail = true;
    // Longer than changes may be unheard.
    await until(async () => (await call(others)).status === 503, 'a tenant that nobody has asked for is refused', 3_000);
    expect((await call(mine)).body).toEqual(SERVED);
    expect((await call(mine, from('198.51.100.1'))).status).toBe(403);
    expect((await call({})).status).toBe(200);
    world.settingsFail = false;
    await until(async () => (await call(others)).status === 200, 'it is asked for again');
  });
});
