// The budget is what is really taken: connections are counted on the server while the platform works as hard as it can.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { bootPlatform, type TestPlatform } from '../test/kit/platform.js';
import { TestRedis } from '../test/kit/redis.js';
import { when } from '../test/kit/when.js';
import { redisQueueConnections } from '../workers/queue.redis.js';
import { processedJobs } from '../workers/registry.js';
import { definitions } from './composition.js';
import { CONNECTIONS, connectionBudget, serverOf, subgraphConnections, totals } from './connections.js';

/** Works the platform and returns the most connections seen, by application name. */
async function busiest(platform: TestPlatform): Promise<Map<string, number>> {
  const admin = new Client({ connectionString: platform.database.adminUrl, application_name: 'test-counter' });
  await admin.connect();
  const most = new Map<string, number>();
  let working = true;
  const counting = (async () => {
    while (working) {
      const { rows } = await admin.query<{ name: string; count: number }>(`select application_name as name, count(*)::int as count from pg_stat_activity
        where datname = current_database() and application_name <> 'test-counter' group by 1`);
      for (const { name, count } of rows) most.set(name, Math.max(most.get(name) ?? 0, count));
      most.set('', Math.max(most.get('') ?? 0, rows.reduce((sum, { count }) => sum + count, 0)));
    }
  })();
  const token = await platform.signIn('agent@demo.test');
  await Promise.all(Array.from({ length: 40 }, async (_, index) => {
    expect((await platform.deliver(`text ${index}`)).status).toBe(200);
    expect((await platform.ask('{ viewer { user { email } } inboxes { nodes { id } } }', {}, token)).errors).toBeUndefined();
  }));
  working = false;
  await counting;
  await admin.end();
  return most;
}

describe('the connection budget', () => {
  let platform: TestPlatform;
  beforeAll(async () => { platform = await bootPlatform(); });
  afterAll(() => platform.stop());

  it('is kept by every pool, and reached by one that is busy', async () => {
    const most = await busiest(platform);
    for (const { name } of definitions) expect([name, (most.get(`switchboard:${name}`) ?? 0) <= subgraphConnections(name)]).toEqual([name, true]);
    expect(most.get('switchboard:conversations')).toBe(subgraphConnections('conversations'));
    expect(most.get('switchboard:system')).toBeLessThanOrEqual(CONNECTIONS.system);
    const url = platform.database.adminUrl;
    const { all = [] } = connectionBudget({ databases: Object.fromEntries(definitions.map(({ name }) => [name, url])), bus: url, queues: url });
    expect(most.get('')).toBeLessThanOrEqual(totals(all).get(serverOf(url)) ?? 0);
  });

  it('knows every subgraph, and no other', () => {
    for (const { name } of definitions) expect(subgraphConnections(name)).toBeGreaterThan(0);
    expect(() => subgraphConnections('nobody')).toThrow('give it one in ops/connections.ts');
  });

  it('counts each server by itself', () => {
    const databases = Object.fromEntries(definitions.map(({ name }, index) => [name, `postgres://u:p@db${index}/x`]));
    const budget = connectionBudget({ databases, bus: 'redis://:p@r', queues: 'rediss://:p@r:6380' });
    expect(totals(budget['subgraph:identity'] ?? [])).toEqual(new Map([['postgres db0:5432', 6], ['redis r:6379', 2]]));
    expect(totals(budget['workers'] ?? []).get('redis r:6380')).toBe(redisQueueConnections(processedJobs.length));
    expect(totals(budget['gateway'] ?? [])).toEqual(new Map());
    expect(JSON.stringify(budget)).not.toContain(':p@');
  });
});

when('redis', 'the connection budget on Redis', (program) => {
  it('is what the platform takes', async () => {
    const redis = await TestRedis.start(program);
    const platform = await bootPlatform({ config: { redisUrl: redis.url } });
    try {
      const most = await busiest(platform);
      const listed = await redis.admin(async (client) => String(await client.client('LIST')));
      const clients = listed.split('\n').filter((line) => line && !line.includes('name=test-admin')).length;
      const url = platform.database.adminUrl;
      const { all = [] } = connectionBudget({ databases: Object.fromEntries(definitions.map(({ name }) => [name, url])), bus: redis.url, queues: redis.url });
      expect(clients).toBe(totals(all).get(serverOf(redis.url)));
      expect(most.get('')).toBeLessThanOrEqual(totals(all).get(serverOf(url)) ?? 0);
    } finally {
      await platform.stop();
      await redis.close();
    }
  });
});
