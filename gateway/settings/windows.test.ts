// Maintenance that the platform announces, as callers meet it: told beforehand, in force by the gateway's clock, and of those it concerns alone.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { AnnouncedWindow } from '../../subgraphs/kernel/base/settings-port.js';
import { until } from '../../test/kit/until.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, firstError, TENANT, type World } from '../world.fixture.js';

const OTHER = '018f0000-0000-7000-8000-000000000002';
const READ = '{ person(id: "1") { name } }';
const WRITE = 'mutation { rename(id: "1", name: "Ada") { name } }';
const [MINUTE, DAY] = [60_000, 86_400_000];
/** Starts and ends are whole seconds here, so that what the header says is exact. */
const NOW = Math.floor(Date.now() / 1000) * 1000;
const instant = (ms: number): string => new Date(NOW + ms).toISOString();
const window = (id: string, from: number, to: number, refusesWrites = true): AnnouncedWindow =>
  ({ id, startsAt: instant(from), endsAt: instant(to), refusesWrites, texts: { en: 'The database moves.', pt: 'O banco de dados muda.' } });
const item = ({ id, startsAt, endsAt, refusesWrites }: AnnouncedWindow): string =>
  `"${id}";starts=@${Date.parse(startsAt) / 1000};ends=@${Date.parse(endsAt) / 1000};writes=${refusesWrites ? '?0' : '?1'}`;

let world: World;
let gateway: Gateway;
let mine: string;
let others: string;
beforeEach(async () => {
  world = startWorld();
  gateway = await world.gateway();
  ({ authorization: mine } = await world.signIn({ permissions: ['settings:update'] }));
  ({ authorization: others } = await world.signIn({ tenant: OTHER }));
});
afterEach(() => world.stop());

const call = (authorization: string | undefined, query = READ, headers: Record<string, string> = {}) => ask(gateway, query, { ...(authorization ? { authorization } : {}), headers });
const noticeTo = async (authorization?: string) => (await call(authorization)).headers.get('maintenance');
const told = (authorization: string | undefined, notice: string | null) => until(async () => await noticeTo(authorization) === notice, `it is told ${String(notice)}`, 3_000);

describe('over HTTP', () => {
  it('answers tell of what begins within a day, to those it concerns alone', async () => {
    expect(await Promise.all([mine, others, undefined].map(noticeTo))).toEqual([null, null, null]);
    const [far, near] = [window('mwin_far', DAY + 1.5 * MINUTE, DAY + 2 * MINUTE), window('mwin_near', 2 * MINUTE, 3 * MINUTE, false)];
    world.set(TENANT, { windows: [near, far] });
    await told(mine, item(near));
    expect(await noticeTo(others)).toBeNull();
    world.ahead = 2 * MINUTE;
    await told(mine, `${item(near)}, ${item(far)}`);
    expect((await call(mine, WRITE)).status).toBe(200);
    world.ahead = 3 * MINUTE;
    await told(mine, item(far));
    world.set(TENANT, {});
    await told(mine, null);
  });

  it('of everybody it is told to who has no tenant too, and a page may read it', async () => {
    const all = window('mwin_all', MINUTE, 2 * MINUTE);
    world.announced = [all];
    // More has changed than can be told: a gateway that comes anew asks.
    gateway = await world.gateway({ platformOrigins: ['https://app.test'] });
    await told(undefined, item(all));
    const { status, headers } = await call(undefined, '{ nothing }', { origin: 'https://app.test' });
    expect([status, headers.get('maintenance'), headers.get('access-control-expose-headers')]).toEqual([400, item(all), expect.stringContaining('maintenance')]);
    // What cannot be known is not told, and no call fails for want of it.
    world.settingsFail = true;
    await until(async () => (await call(others)).status === 503, 'tenancy is silent', 5_000);
    expect((await call(undefined)).status).toBe(200);
  });

  it('mutations of those it concerns are refused from its start to its end, by the gateway\'s clock; reads and strangers\' go on', async () => {
    const [short, long] = [window('mwin_short', MINUTE, 2 * MINUTE), window('mwin_long', MINUTE, 3 * MINUTE)];
    world.set(TENANT, { windows: [short, long] });
    await told(mine, `${item(short)}, ${item(long)}`);
    const { key } = world.issueKey();
    expect((await call(mine, WRITE)).body).toEqual({ data: { rename: { name: 'Ada' } } });
    world.ahead = MINUTE;
    const fetched = world.fetches.length;
    const refused = await call(mine, WRITE, { 'accept-language': 'pt,pt-BR;q=0.8' });
    expect([refused.status, refused.body.data, firstError(refused.body)]).toEqual(
      [503, undefined, { message: 'O banco de dados muda.', extensions: { code: 'MAINTENANCE', until: long.endsAt } }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(110);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(120);
    expect(firstError((await ask(gateway, WRITE, { headers: { 'x-api-key': key } })).body)?.message).toBe('The database moves.');
    expect(world.fetches.length).toBe(fetched);
    for (const query of [READ, `query A ${READ} ${WRITE.replace('mutation', 'mutation B')}`]) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST', headers: { 'content-type': 'application/json', authorization: mine }, body: JSON.stringify({ query, ...(query === READ ? {} : { operationName: 'A' }) }),
      });
      expect(await response.json()).toEqual({ data: { person: { name: 'Ada' } } });
    }
    for (const who of [others, undefined]) expect((await call(who, WRITE)).body.errors).toBeUndefined();
    world.ahead = 3 * MINUTE;
    expect((await call(mine, WRITE)).body).toEqual({ data: { rename: { name: 'Ada' } } });
  });
});

describe('over sockets', () => {
  interface Frame { type: string; id?: string; payload?: unknown }
  async function socket(authorization?: string): Promise<{ socket: WebSocket; frames: Frame[] }> {
    const opened = new WebSocket(gateway.wsUrl, 'graphql-transport-ws');
    const frames: Frame[] = [];
    opened.on('message', (data) => { frames.push(JSON.parse(String(data)) as Frame); });
    await once(opened, 'open');
    opened.send(JSON.stringify({ type: 'connection_init', payload: authorization ? { authorization } : {} }));
    await once(opened, 'message');
    return { socket: opened, frames };
  }
  const run = (on: WebSocket, id: string, query: string): void => { on.send(JSON.stringify({ id, type: 'subscribe', payload: { query } })); };

  it('it is told at the beginning and once when it changes; what is live goes on, and mutations are refused', async () => {
    const planned = window('mwin_planned', 2 * DAY, 2 * DAY + MINUTE);
    const [early, stranger] = await Promise.all([socket(mine), socket(others)]);
    expect(early.frames).toEqual([{ type: 'connection_ack' }]);
    world.set(TENANT, { windows: [planned] });
    await until(async () => early.frames.length > 1, 'it is told');
    expect(early.frames[1]).toEqual({ type: 'ping', payload: { maintenance: [planned] } });
    const late = await socket(mine);
    expect(late.frames).toEqual([{ type: 'connection_ack', payload: { maintenance: [planned] } }]);
    run(late.socket, 'live', 'subscription { renamed(id: "1") { name } }');
    await until(async () => world.live.size === 1, 'it listens');
    const running = window('mwin_planned', -MINUTE, MINUTE);
    world.set(TENANT, { windows: [running] });
    await until(async () => late.frames.length > 1 && early.frames.length > 2, 'both are told');
    run(late.socket, 'write', WRITE);
    run(late.socket, 'read', READ);
    await until(async () => late.frames.filter(({ id }) => id === 'write' || id === 'read').length > 2, 'both are answered');
    expect(late.frames.find(({ id }) => id === 'write')).toMatchObject({ type: 'error', payload: [{ message: 'The database moves.', extensions: { code: 'MAINTENANCE' } }] });
    expect(late.frames.find(({ id, type }) => id === 'read' && type === 'next')?.payload).toEqual({ data: { person: { name: 'Ada' } } });
    expect([world.live.size, late.socket.readyState]).toEqual([1, WebSocket.OPEN]);
    expect([early.frames.map(({ type }) => type), stranger.frames]).toEqual([['connection_ack', 'ping', 'ping'], [{ type: 'connection_ack' }]]);
  });
});
