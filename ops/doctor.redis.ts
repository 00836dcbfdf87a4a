// The doctor's look at Redis: reachable, new enough, set up so that it drops no job.
import { Redis } from 'ioredis';
import { isRedisUrl } from '../subgraphs/kernel/base/config.js';
import { FAIL_FAST, endRedis } from '../subgraphs/kernel/messaging/redis.connection.js';
import { serverOf } from './connections.js';
import type { Report } from './doctor.report.js';

const OLDEST_REDIS = 6.2;

export async function examineRedis(urls: (string | undefined)[], report: Report): Promise<void> {
  for (const url of new Set(urls.filter((one) => one !== undefined).filter(isRedisUrl))) {
    await report.check(serverOf(url), async () => {
      const facts = await factsOf(url);
      const version = facts.get('redis_version') ?? '';
      if (Number.parseFloat(version) < OLDEST_REDIS) throw new Error(`version ${version}; ${OLDEST_REDIS} is the oldest that works`);
      const policy = facts.get('maxmemory_policy') ?? 'unknown';
      if (facts.get('maxmemory') !== '0' && policy !== 'noeviction') throw new Error(`maxmemory-policy is ${policy}: it would drop jobs; set noeviction`);
      const allowed = Number(facts.get('maxclients'));
      if (allowed > 0) report.limits.set(serverOf(url), allowed);
      return `version ${version}`;
    });
  }
}

/** What the server says about itself. @throws why it cannot be asked */
async function factsOf(url: string): Promise<Map<string, string>> {
  const redis = new Redis(url, { ...FAIL_FAST, lazyConnect: true, retryStrategy: null, connectionName: 'switchboard:doctor' });
  let cause: Error | undefined;
  redis.on('error', (error) => { cause ??= error; });
  try {
    await redis.connect().catch((error: Error) => { throw cause ?? error; });
    const lines = (await redis.info()).split('\r\n').filter((line) => line.includes(':'));
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
  } finally {
    await endRedis(redis);
  }
}
