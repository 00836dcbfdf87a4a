// What a process tells its operator over HTTP, and what it tells everybody else.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExternalDependencies } from '../subgraphs/kernel/base/health.external.js';
import type { HealthChecks } from '../subgraphs/kernel/base/health.js';
import { Metrics } from '../subgraphs/kernel/base/metrics.js';
import { Monitoring, type MonitoringOptions } from '../subgraphs/kernel/base/monitoring.js';
import type { Gateway } from './server.js';
import { startWorld } from './two-subgraphs.fixture.js';
import { ask, type World } from './world.fixture.js';

const TOKEN = 'an-operator-of-this-process';
const MINUTE = 60_000;
const OFF = { apiP95Ms: 0, databaseP95Ms: 0, eventLoopMs: 0, rssMb: 0 };
const CLOSED = ['/api/monitoring/metrics', '/api/monitoring/performance', '/api/monitoring/uptime'];
const OPEN = ['/api/live', '/api/ready', '/api/health', '/api/health/database', '/api/health/redis', '/api/health/external'];

interface Told {
  status: number;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown> & { checks?: { name: string; ok: boolean; detail?: string; milliseconds: number }[] };
}

let world: World;
let metrics: Metrics;
const gateways: Gateway[] = [];

beforeAll(() => { world = startWorld(); });
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.drain();
  world.ahead = 0;
});
afterAll(() => world.stop());

const health = (): HealthChecks => ({ ready: async () => [{ name: 'demo', ok: true }], database: async () => [{ name: 'database', ok: true, milliseconds: 1 }] });
const start = async (monitoring: Partial<MonitoringOptions> = {}, checks: Partial<HealthChecks> = {}): Promise<Gateway> => {
  metrics = new Metrics();
  const gateway = await world.gateway({
    metrics, monitoring: new Monitoring({ metrics, logger: world.logger, clock: world.clock, ...monitoring }), health: { ...health(), ...checks },
  });
  gateways.push(gateway);
  return gateway;
};
/** Not `fetch`, which does not let a Host be chosen. */
const get = async (gateway: Gateway, path: string, headers: Record<string, string> = {}): Promise<Told> => {
  const [response] = await once(httpRequest(gateway.url + path, { headers }).end(), 'response') as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  const isJson = String(response.headers['content-type']).includes('json');
  return { status: response.statusCode ?? 0, headers: response.headers, body: (isJson ? JSON.parse(text) : { text }) as Told['body'] };
};
const statuses = (gateway: Gateway, paths: string[], headers?: Record<string, string>): Promise<number[]> =>
  Promise.all(paths.map(async (path) => (await get(gateway, path, headers)).status));
const logged = (text: string): string[] => world.logged.filter((line) => line.includes(text));

describe('who may read', () => {
  it('with a token: whoever shows it, and nobody else, this machine included', async () => {
    const gateway = await start({ token: TOKEN });
    expect(await statuses(gateway, CLOSED, { authorization: `Bearer ${TOKEN}` })).toEqual([200, 200, 200]);
    for (const authorization of ['', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, 'Bearer', `${TOKEN}`]) {
      expect([authorization, await statuses(gateway, CLOSED, authorization ? { authorization } : {})]).toEqual([authorization, [401, 401, 401]]);
    }
    expect((await get(gateway, '/api/monitoring/uptime')).headers['www-authenticate']).toBe('Bearer');
  });

  it.each<[string, Record<string, string>]>([
    ['to a name that is not this machine\'s', { host: 'rebound.example' }],
    ['through a proxy', { 'x-forwarded-for': '192.0.2.1' }],
    ['through another proxy', { forwarded: 'for=192.0.2.1' }],
  ])('without a token: this machine alone, but not %s', async (_what, headers) => {
    const gateway = await start();
    expect(await statuses(gateway, CLOSED)).toEqual([200, 200, 200]);
    expect(await statuses(gateway, CLOSED, headers)).toEqual([403, 403, 403]);
  });

  it('tells everybody the sum, and only the operator what it is made of', async () => {
    const gateway = await start({ token: TOKEN }, { redis: async () => [{ name: 'redis', ok: false, detail: 'failed (ECONNREFUSED)' }] });
    expect(await statuses(gateway, OPEN)).toEqual([200, 200, 503, 200, 503, 200]);
    expect((await get(gateway, '/api/health')).body).toEqual({ status: 'failing' });
    const { body } = await get(gateway, '/api/health', { authorization: `Bearer ${TOKEN}` });
    expect(body.checks?.map(({ name, ok, detail }) => [name, ok, detail])).toEqual([
      ['demo', true, undefined], ['database', true, undefined], ['redis', false, 'failed (ECONNREFUSED)'],
    ]);
    expect(body.checks?.every(({ milliseconds }) => typeof milliseconds === 'number')).toBe(true);
  });

  it('takes nothing but GET and HEAD', async () => {
    const gateway = await start();
    for (const path of [...OPEN, ...CLOSED]) expect([path, (await fetch(gateway.url + path, { method: 'POST' })).status]).toEqual([path, 405]);
  });
});

describe('health', () => {
  it('is alive while nothing that it depends on answers', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const gateway = await start({}, { ready: never, database: never, redis: never, external: never });
    expect([(await get(gateway, '/api/live')).status, (await get(gateway, '/api/live')).body]).toEqual([200, { status: 'ok', checks: [] }]);
  });

  it('says what is not configured, and holds', async () => {
    const gateway = await start();
    for (const part of ['redis', 'external']) {
      const { status, body } = await get(gateway, `/api/health/${part}`);
      expect([status, body]).toEqual([200, { status: 'ok', checks: [{ name: part, ok: true, detail: 'not configured', milliseconds: 0 }] }]);
    }
  });

  it('names a check that did not run, and hides why', async () => {
    const gateway = await start({}, { redis: () => Promise.reject(new Error('redis://:hunter2@redis')) });
    const { status, body } = await get(gateway, '/api/health/redis');
    expect([status, body.checks?.[0]]).toMatchObject([503, { name: 'redis', ok: false, detail: 'the check did not run' }]);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });
});

describe('what others run', () => {
  let provider: Server;
  let answers = 200;
  let asked = 0;
  let external: ExternalDependencies;
  const url = (): string => `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const told = async (gateway: Gateway) => {
    const { status, body } = await get(gateway, '/api/health/external');
    return [status, body.checks?.[0]?.ok, body.checks?.[0]?.detail?.replace(/\(\w+\)/, '(CODE)')];
  };

  beforeAll(async () => {
    provider = createServer((_request, response) => { asked += 1; response.writeHead(answers).end(); }).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    external = new ExternalDependencies({ graph: `${url()}/secret/path` }, world.clock);
  });
  afterAll(() => { external.close(); });

  it('is what the last call brought; without one, whether it can be reached, without asking', async () => {
    const gateway = await start({}, { external: () => external.checks() });
    expect(await told(gateway)).toEqual([200, true, 'accepts connections; no call lately']);
    expect(asked).toBe(0);
    await fetch(`${url()}/v23.0/messages`, { method: 'POST' });
    expect(await told(gateway)).toEqual([200, true, 'the last call was answered 200, 0 s ago']);
    answers = 503;
    await fetch(url());
    expect(await told(gateway)).toEqual([503, false, 'the last call was answered 503, 0 s ago']);
    // An answer about our request is an answer.
    answers = 400;
    await fetch(url());
    expect((await told(gateway))[0]).toBe(200);
    const gone = url();
    provider.closeAllConnections();
    provider.close();
    await expect(fetch(gone)).rejects.toThrow();
    expect(await told(gateway)).toEqual([503, false, 'the last call failed, 0 s ago']);
    expect(asked).toBe(3);
    expect(JSON.stringify((await get(gateway, '/api/health/external')).body)).not.toMatch(/127\.0\.0\.1|secret/);
  });

  it('is unreachable when nobody listens', async () => {
    const port = (provider.address() as AddressInfo | null)?.port ?? 9;
    const dead = new ExternalDependencies({ graph: `http://127.0.0.1:${port}` }, world.clock);
    const gateway = await start({}, { external: () => dead.checks() });
    expect(await told(gateway)).toEqual([503, false, 'accepts no connection: failed (CODE)']);
    dead.close();
  });
});

describe('performance', () => {
  it('holds times by route, operation and subgraph, memory, processor, event loop and what else is counted', async () => {
    const gateway = await start();
    for (let turn = 0; turn < 5; turn += 1) await ask(gateway, '{ orderCount }');
    const { body } = await get(gateway, '/api/monitoring/performance');
    const summary = { count: 5, min: expect.any(Number), max: expect.any(Number), average: expect.any(Number), p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) };
    expect(body).toMatchObject({
      status: 'ok', alerts: [], api: { ...summary, recent: summary }, database: { count: 0, p95: null },
      timers: {
        http: expect.arrayContaining([expect.objectContaining({ labels: { route: '/graphql', status: '200' }, ...summary })]),
        graphql: [expect.objectContaining({ count: 5 })], subgraph: [expect.objectContaining({ labels: { subgraph: 'shop' }, ...summary })], job: [],
      },
      memory: { rss: expect.any(Number), heapUsed: expect.any(Number) }, cpu: { percent: expect.any(Number) }, eventLoop: { utilization: expect.any(Number) },
      custom: expect.arrayContaining([{ name: 'switchboard_sockets', labels: {}, value: 0 }]),
    });
  });

  it('raises an alert when a threshold is exceeded and ends it when the window has gone by, each said once', async () => {
    const gateway = await start({ thresholds: { ...OFF, apiP95Ms: 100, rssMb: 1_048_576 } });
    const state = async () => {
      const { body } = await get(gateway, '/api/monitoring/performance');
      const { body: prometheus } = await get(gateway, '/api/monitoring/metrics');
      const gauge = /switchboard_alert\{name="api_p95_ms"\} (\d)/.exec(String(prometheus['text']))?.[1];
      return [body['status'], (body['alerts'] as { name: string; raised: boolean }[]).map(({ name, raised }) => `${name} ${raised}`), gauge];
    };
    const before = logged('an alert').length;
    for (let count = 0; count < 19; count += 1) metrics.httpRequests.observe({ route: '/graphql', status: '200' }, 0.5);
    metrics.httpRequests.observe({ route: '/api/health', status: '200' }, 9);
    expect(await state()).toEqual(['ok', ['api_p95_ms false', 'rss_mb false'], '0']);
    metrics.httpRequests.observe({ route: '/graphql', status: '200' }, 0.5);
    for (let turn = 0; turn < 3; turn += 1) expect(await state()).toEqual(['alert', ['api_p95_ms true', 'rss_mb false'], '1']);
    world.ahead = MINUTE;
    expect((await state())[0]).toBe('alert');
    world.ahead = 2 * MINUTE;
    for (let turn = 0; turn < 3; turn += 1) expect(await state()).toEqual(['ok', ['api_p95_ms false', 'rss_mb false'], '0']);
    const lines = logged('an alert').slice(before).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { level: 40, alert: 'api_p95_ms', threshold: 100, msg: 'an alert begins' }, { level: 30, alert: 'api_p95_ms', msg: 'an alert ends' },
    ]);
  });

  it('sees a loop that stands still, and memory', async () => {
    metrics = new Metrics();
    const monitoring = new Monitoring({ metrics, logger: world.logger, thresholds: { ...OFF, eventLoopMs: 50, rssMb: 1 } }).start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + 300;
    while (performance.now() < until); // stands still
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(monitoring.judge().map(({ name, raised }) => [name, raised])).toEqual([['event_loop_ms', true], ['rss_mb', true]]);
    monitoring.stop();
  });
});

describe('uptime', () => {
  it('counts what was answered and what failed, without the operator\'s own', async () => {
    const gateway = await start({}, { redis: async () => [{ name: 'redis', ok: false }] });
    const uptime = async () => (await get(gateway, '/api/monitoring/uptime')).body;
    expect(await uptime()).toMatchObject({ availability: { answered: 0, failed: 0, ratio: null } });
    await get(gateway, '/api/health/redis');
    for (let turn = 0; turn < 3; turn += 1) await ask(gateway, '{ orderCount }');
    metrics.httpRequests.observe({ route: '/graphql', status: '500' }, 0.01);
    const body = await uptime();
    expect(body).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+/), availability: { answered: 3, failed: 1, ratio: 0.75 } });
    expect(new Date(String(body['startedAt'])).toISOString()).toBe(body['startedAt']);
  });
});
