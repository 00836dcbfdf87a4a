// The checks of what a process uses beside its database: Redis, and what others run.
import { META_GRAPH_URL } from '../../subgraphs/conversations/channel/meta.graph.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { isRedisUrl, type Config } from '../../subgraphs/kernel/base/config.js';
import { ExternalDependencies } from '../../subgraphs/kernel/base/health.external.js';
import type { HealthChecks } from '../../subgraphs/kernel/base/health.js';
import type { Started } from '../started.js';

/** Redis as queues, as the bus, or both; nothing when PostgreSQL is. */
export async function redisOf({ redisUrl, busUrl }: Config, uses: readonly ('queues' | 'bus')[]): Promise<Pick<HealthChecks, 'redis'>> {
  const urls = { queues: redisUrl, bus: busUrl ?? redisUrl };
  const redis = uses.map((use) => [use, urls[use]] as const).filter((one): one is ['queues' | 'bus', string] => one[1] !== undefined && isRedisUrl(one[1]));
  // Only the client in use is loaded.
  return redis.length === 0 ? {} : { redis: (await import('../../subgraphs/kernel/messaging/redis.health.js')).redisChecks(Object.fromEntries(redis)) };
}

/** For the processes that call it: others may have no way out. */
export function externalOf({ metaGraphUrl = META_GRAPH_URL }: Config, started: Started): Pick<HealthChecks, 'external'> {
  const external = new ExternalDependencies({ metaGraph: metaGraphUrl }, systemClock);
  started.add(async () => external.close());
  return { external: () => external.checks() };
}
