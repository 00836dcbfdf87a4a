// The operator's view of the whole product: a database that is stopped, Redis that is there or not, and times of real statements.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { bootProcesses, type Processes } from '../kit/processes.js';
import { compileProduct, discardProduct } from '../kit/product.js';
import { TestRedis } from '../kit/redis.js';
import { until } from '../kit/until.js';
import { when } from '../kit/when.js';

interface Told {
  status: number;
  checks: { name: string; ok: boolean; detail?: string; milliseconds: number }[];
}

const read = async (platform: TestPlatform, path: string): Promise<Told> => {
  const response = await fetch(platform.url + path);
  return { ...await response.json() as Told, status: response.status };
};
const verdicts = ({ status, checks }: Told) => [status, checks.map(({ name, ok }) => `${name} ${ok}`)];
const SUBGRAPHS = ['identity', 'tenancy', 'conversations', 'commerce', 'compliance'];

describe('the product on PostgreSQL alone', () => {
  let platform: TestPlatform;
  beforeAll(async () => { platform = await bootPlatform(); });
  afterAll(() => platform?.stop());

  it('says that Redis is not configured', async () => {
    expect(await read(platform, '/api/health/redis')).toEqual({
      status: 200, checks: [{ name: 'redis', ok: true, detail: 'not configured', milliseconds: 0 }],
    });
  });

  it('knows the Graph API by its calls, and asks it nothing', async () => {
    const { status, checks } = await read(platform, '/api/health/external');
    expect([status, checks]).toEqual([200, [{ name: 'metaGraph', ok: true, detail: 'accepts connections; no call lately', milliseconds: expect.any(Number) }]]);
    expect(await (await fetch(`${platform.standIn.url}/_sent`)).json()).toEqual([]);
    // That was a call.
    expect((await read(platform, '/api/health/external')).checks[0]?.detail).toMatch(/^the last call was answered 200/);
  });

  it('times statements, by database and kind, and shows its pools', async () => {
    await platform.signIn('agent@demo.test');
    const told = await (await fetch(`${platform.url}/api/monitoring/performance`)).json() as {
      database: { count: number }; timers: { database: { labels: Record<string, string>; count: number }[] }; pools: { name: string }[];
    };
    expect(told.database.count).toBeGreaterThan(0);
    expect(told.timers.database).toEqual(expect.arrayContaining([
      expect.objectContaining({ labels: { database: 'identity', statement: 'begin' }, p95: expect.any(Number) }),
      expect.objectContaining({ labels: { database: 'identity', statement: 'insert' } }),
    ]));
    expect(told.timers.database.every(({ labels }) => /^[a-z]+$/.test(labels['statement'] ?? ''))).toBe(true);
    expect(told.pools.map(({ name }) => name).sort()).toEqual([...SUBGRAPHS].sort());
    const prometheus = await (await fetch(`${platform.url}/api/monitoring/metrics`)).text();
    expect(prometheus).toMatch(/switchboard_database_statement_seconds_count\{database="identity",statement="commit"\} [1-9]/);
    expect(prometheus).toMatch(/switchboard_pool_connections\{pool="identity",state="idle"\} \d/);
  });

  it('names every subgraph whose database is stopped, is alive meanwhile, and recovers', async () => {
    const name = new URL(platform.database.adminUrl).pathname.slice(1);
    const elsewhere = new URL(platform.database.adminUrl);
    elsewhere.pathname = '/postgres';
    const outside = new Client({ connectionString: elsewhere.href });
    await outside.connect();
    await outside.query(`alter database ${name} allow_connections false`);
    await outside.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    const stopped = await read(platform, '/api/health/database');
    const alive = (await fetch(`${platform.url}/api/live`)).status;
    await outside.query(`alter database ${name} allow_connections true`);
    await outside.end();
    expect(verdicts(stopped)).toEqual([503, SUBGRAPHS.map((subgraph) => `${subgraph} false`)]);
    expect(JSON.stringify(stopped)).not.toMatch(/postgres:|127\.0\.0\.1|switchboard_/);
    expect(alive).toBe(200);
    await until(async () => (await read(platform, '/api/health')).status === 200, 'it is well again');
  });
});

when('redis', 'the product on Redis', (program) => {
  let redis: TestRedis;
  let platform: TestPlatform;
  beforeAll(async () => {
    redis = await TestRedis.start(program);
    platform = await bootPlatform({ config: { redisUrl: redis.url }, demo: false });
  });
  afterAll(async () => {
    redis?.resume();
    await platform?.stop();
    await redis?.close();
  });
  const redisIs = async (...expected: unknown[]): Promise<void> => {
    await until(async () => JSON.stringify(verdicts(await read(platform, '/api/health/redis'))) === JSON.stringify(expected), `Redis is ${String(expected)}`);
  };

  it('asks it once for both uses, and says when it hangs, is gone, and is back, never where it is', async () => {
    await redisIs(200, ['redis (queues, bus) true']);
    redis.pause();
    await redisIs(503, ['redis (queues, bus) false']);
    redis.resume();
    await redisIs(200, ['redis (queues, bus) true']);
    await redis.kill();
    await redisIs(503, ['redis (queues, bus) false']);
    const told = await read(platform, '/api/health');
    expect(told.status).toBe(503);
    expect(JSON.stringify(told)).not.toMatch(new RegExp(`${redis.password}|${redis.port}`));
    expect((await fetch(`${platform.url}/api/live`)).status).toBe(200);
    await redis.start();
    await redisIs(200, ['redis (queues, bus) true']);
  });
});

describe('in seven processes', () => {
  const code = compileProduct();
  let processes: Processes;
  beforeAll(async () => { processes = await bootProcesses({ code }); }, 120_000);
  afterAll(async () => {
    await processes?.stop();
    discardProduct(code);
  });
  const of = async (role: string, path: string) => {
    const response = await fetch(new URL(path, processes.roles.get(role)?.url));
    return { status: response.status, body: await response.json() as Record<string, unknown> };
  };

  it('every role serves the same paths, about itself', async () => {
    await processes.signIn('agent@demo.test');
    const roles = [...processes.roles.keys()];
    expect(roles).toHaveLength(7);
    for (const role of roles) {
      for (const path of ['/api/live', '/api/ready', '/api/health', '/api/health/database', '/api/health/redis', '/api/health/external', '/api/monitoring/uptime']) {
        expect([role, path, (await of(role, path)).status]).toEqual([role, path, 200]);
      }
    }
    const timers = async (role: string) => {
      const { body } = await of(role, '/api/monitoring/performance');
      const all = body['timers'] as Record<string, { labels: Record<string, string>; count: number }[]>;
      return { subgraph: all['subgraph']?.map(({ labels }) => labels['subgraph']), database: [...new Set(all['database']?.map(({ labels }) => labels['database']))] };
    };
    expect(await timers('gateway')).toEqual({ subgraph: expect.arrayContaining(['identity']), database: [] });
    expect(await timers('subgraph:identity')).toEqual({ subgraph: [], database: ['identity'] });
    expect((await of('workers', '/api/health/external')).body['checks']).toMatchObject([{ name: 'metaGraph', ok: true }]);
    expect((await of('gateway', '/api/health/redis')).body['checks']).toHaveLength(5);
  });
});
