// API keys as a program meets them: over HTTP and sockets, in either header, with their addresses, until they are revoked.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { TENANT, type Response, type World } from '../world.fixture.js';

let world: World;
let gateway: Gateway;

beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway();
});
afterAll(() => world.stop());

const CALLER = '{ caller { kind tenant permissions } }';
const ACTS = { data: { caller: { kind: 'api_key', tenant: TENANT, permissions: ['person:read'] } } };

/** Headers as they are, repeated ones included, which `fetch` would join. */
async function ask(headers: Record<string, string | string[]>): Promise<{ status: number; body: Response }> {
  const call = request(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
  call.end(JSON.stringify({ query: CALLER }));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(await response.toArray()).toString()) as Response };
}

const reasonOf = ({ status, body }: { status: number; body: Response }): unknown => [status, body.data, body.errors?.[0]?.extensions];
const refused = (reason: string): unknown => [401, undefined, { code: 'UNAUTHENTICATED', reason }];

async function socketOf(init: unknown, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(gateway.wsUrl, 'graphql-transport-ws', { headers });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: init }));
  return socket;
}
const heard = async (socket: WebSocket): Promise<{ type: string; payload?: unknown }> =>
  JSON.parse(String(((await once(socket, 'message')) as unknown[])[0])) as { type: string; payload?: unknown };
const closedWith = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

describe('over HTTP', () => {
  it.each<[string, (key: string) => Record<string, string>]>([
    ['as a bearer', (key) => ({ authorization: `Bearer ${key}` })],
    ['in X-API-Key', (key) => ({ 'x-api-key': key })],
    ['in both', (key) => ({ authorization: `Bearer ${key}`, 'x-api-key': key })],
  ])('a key acts %s', async (_how, headers) => {
    expect((await ask(headers(world.issueKey().key))).body).toEqual(ACTS);
  });

  it('two different credentials are refused, whichever of them would do', async () => {
    const [{ key }, { key: other }] = [world.issueKey(), world.issueKey()];
    const { authorization } = await world.signIn();
    const given: Record<string, string | string[]>[] = [
      { authorization: `Bearer ${key}`, 'x-api-key': other }, { authorization, 'x-api-key': key },
      { 'x-api-key': [key, other] }, { authorization: [authorization, authorization] },
    ];
    for (const headers of given) expect(reasonOf(await ask(headers))).toEqual(refused('ambiguous'));
  });

  it('a key that does not hold is refused, and never taken for nobody', async () => {
    const { key } = world.issueKey();
    const unknown = world.issueKey().key;
    world.apiKeys.delete(unknown);
    for (const wrong of [`${key}x`, unknown, 'sb_live_', 'x y']) expect(reasonOf(await ask({ 'x-api-key': wrong }))).toEqual(refused('invalid'));
    const { token } = await world.signIn();
    expect(reasonOf(await ask({ 'x-api-key': token }))).toEqual(refused('invalid'));
  });

  it('a key is refused from an address its list does not name', async () => {
    const [here, elsewhere] = [world.issueKey({ ips: ['127.0.0.0/8', '::1'] }), world.issueKey({ ips: ['192.0.2.0/24'] })];
    expect((await ask({ 'x-api-key': here.key })).body).toEqual(ACTS);
    expect(reasonOf(await ask({ 'x-api-key': elsewhere.key }))).toEqual(refused('address'));
  });

  it('a key that is revoked acts no more, the word of it having come', async () => {
    const { key } = world.issueKey();
    expect((await ask({ 'x-api-key': key })).status).toBe(200);
    world.revokeKey(key);
    const until = performance.now() + 3_000;
    while ((await ask({ 'x-api-key': key })).status === 200 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reasonOf(await ask({ 'x-api-key': key }))).toEqual(refused('revoked'));
  });
});

describe('over a socket', () => {
  it.each<[string, (key: string) => [unknown, Record<string, string>]]>([
    ['as a bearer of connection_init', (key) => [{ Authorization: `Bearer ${key}` }, {}]],
    ['in X-API-Key of connection_init', (key) => [{ 'X-API-Key': key }, {}]],
    ['as a bearer of the upgrade', (key) => [{}, { authorization: `Bearer ${key}` }]],
    ['in X-API-Key of the upgrade', (key) => [undefined, { 'x-api-key': key }]],
  ])('a key acts %s', async (_how, given) => {
    const socket = await socketOf(...given(world.issueKey().key));
    expect((await heard(socket)).type).toBe('connection_ack');
    socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: CALLER } }));
    expect(await heard(socket)).toEqual({ id: 'a', type: 'next', payload: ACTS });
    socket.close();
  });

  it.each<[string, (key: string) => unknown]>([
    ['it has a typing error', (key) => ({ 'x-api-key': `${key.slice(0, -1)}!` })],
    ['it is no text', () => ({ 'x-api-key': 7 })],
    ['another credential is given beside it', (key) => ({ 'x-api-key': key, authorization: `Bearer ${world.issueKey().key}` })],
    ['it is given twice, differently', (key) => ({ 'x-api-key': key, 'X-API-Key': world.issueKey().key })],
    ['its list does not name the address', () => ({ 'x-api-key': world.issueKey({ ips: ['2001:db8::/32'] }).key })],
  ])('a key is refused with 4403 when %s', async (_why, init) => {
    expect(await closedWith(await socketOf(init(world.issueKey().key)))).toBe(4403);
  });

  it.each<[string, (key: string) => void, number | null]>([
    ['it is revoked', (key) => world.revokeKey(key), null],
    ['it ends', () => undefined, 300],
  ])('a key is gone from its open socket when %s', async (_why, happen, lifetime) => {
    const { key } = world.issueKey(lifetime === null ? {} : { expiresAt: new Date(Date.now() + lifetime).toISOString() });
    const other = await socketOf({ 'x-api-key': world.issueKey().key });
    const socket = await socketOf({ 'x-api-key': key });
    expect((await heard(socket)).type).toBe('connection_ack');
    happen(key);
    if (lifetime !== null) world.apiKeys.set(key, { ok: false, reason: 'expired' });
    expect(await closedWith(socket)).toBe(4403);
    expect(other.readyState).toBe(WebSocket.OPEN);
    other.close();
  });
});
