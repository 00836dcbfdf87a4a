// Opens the bus that a URL names.
import { isRedisUrl } from '../base/config.js';
import type { Logger } from '../base/logger.js';
import type { Bus } from './bus.js';

/** @param url `redis://…` or `rediss://…` for Redis, else PostgreSQL. @throws when the server cannot be used */
export async function openBus(url: string, logger: Logger): Promise<Bus> {
  // Only the client in use is loaded.
  if (isRedisUrl(url)) return (await import('./bus.redis.js')).RedisBus.open(url, logger);
  return (await import('./bus.postgres.js')).PostgresBus.open(url, logger);
}
