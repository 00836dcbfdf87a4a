// Whether the Redis servers of a deployment answer: a connection of its own and one PING, so that no queue has to be asked.
import { Redis } from 'ioredis';
import { shared, tried, type Check } from '../base/health.js';
import { FAIL_FAST, endRedis } from './redis.connection.js';

const ANSWER_MS = 2_000;
const GOOD_FOR_MS = 1_000;

/** @param urls by the name that is shown; one server under several names is asked once */
export function redisChecks(urls: Readonly<Record<string, string>>): () => Promise<Check[]> {
  const names = new Map<string, string[]>();
  for (const [name, url] of Object.entries(urls)) names.set(url, [...(names.get(url) ?? []), name]);
  const servers = [...names].map(([url, uses]) => shared(GOOD_FOR_MS, () => tried(`redis (${uses.join(', ')})`, () => ping(url), ANSWER_MS)));
  return () => Promise.all(servers.map((check) => check()));
}

/** @throws with the code of what hinders it */
async function ping(url: string): Promise<void> {
  const redis = new Redis(url, {
    ...FAIL_FAST, commandTimeout: ANSWER_MS, connectTimeout: ANSWER_MS, lazyConnect: true, retryStrategy: null, connectionName: 'switchboard:health',
  });
  let cause: Error | undefined;
  redis.on('error', (error) => { cause ??= error; });
  try {
    await redis.connect().catch((error: Error) => { throw cause ?? error; });
    await redis.ping();
  } finally {
    await endRedis(redis);
  }
}
