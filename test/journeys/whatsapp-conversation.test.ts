// The journey in one process, as `npm start` composes it: queues and bus on PostgreSQL, then on Redis.
import { afterAll, beforeAll, describe } from '@jest/globals';
import { bootPlatform } from '../kit/platform.js';
import { TestRedis } from '../kit/redis.js';
import { when } from '../kit/when.js';
import { everyKindArrives } from './kinds.journey.js';
import { walkTheJourney } from './whatsapp.journey.js';

describe('in one process', () => walkTheJourney(() => bootPlatform(), everyKindArrives));

when('redis', 'in one process on Redis', (program) => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await TestRedis.start(program); });
  afterAll(() => redis?.close());
  // Inside, so that the product stops before Redis does.
  describe('with a password', () => walkTheJourney(() => bootPlatform({ config: { redisUrl: redis.url } })));
});
