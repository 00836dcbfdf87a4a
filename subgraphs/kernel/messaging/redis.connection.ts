// What connections to Redis have in common: how they come back, and how they end.
import { Redis, type RedisOptions } from 'ioredis';

const FIRST_RECONNECT_MS = 50;
const LAST_RECONNECT_MS = 2_000;

/** A server that does not answer this long is taken for gone. */
export const REDIS_ANSWER_MS = 5_000;

/** Reconnects for ever, backing off to two seconds. */
export const REDIS_OPTIONS: RedisOptions = {
  retryStrategy: (attempt) => Math.min(FIRST_RECONNECT_MS * 2 ** (attempt - 1), LAST_RECONNECT_MS),
  connectTimeout: REDIS_ANSWER_MS, disconnectTimeout: 500, keepAlive: 10_000,
};

/** Keeps nothing for later: a command fails at once while there is no connection, and soon when there is no answer. */
export const FAIL_FAST: RedisOptions = { ...REDIS_OPTIONS, commandTimeout: REDIS_ANSWER_MS, enableOfflineQueue: false, maxRetriesPerRequest: 0 };

/** Ends a connection in whatever state it is, rejecting what waits for it. */
export function endRedis(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    if (redis.status === 'end') return resolve();
    redis.once('end', () => resolve());
    // Between two attempts there is nothing to disconnect, and ioredis would stay so for ever: so it is between them no more.
    if (redis.status === 'reconnecting') redis.connect().catch(() => undefined);
    redis.disconnect();
  });
}
