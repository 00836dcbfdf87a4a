// The same journeys in seven processes with five databases: queues and bus on PostgreSQL, then on Redis.
import { afterAll, beforeAll, describe } from '@jest/globals';
import { bootProcesses } from '../kit/processes.js';
import { compileProduct, discardProduct } from '../kit/product.js';
import { TestRedis } from '../kit/redis.js';
import { when } from '../kit/when.js';
import { walkAccess } from './access.journey.js';
import { walkSettings } from './settings.journey.js';
import { walkTheJourney } from './whatsapp.journey.js';

let code: string;
beforeAll(() => { code = compileProduct(); });
afterAll(() => discardProduct(code));

describe('in seven processes on PostgreSQL', () => walkTheJourney(() => bootProcesses({ code, env: { TRUSTED_PROXIES: '127.0.0.1' } }), (platform) => {
  walkAccess(platform);
  walkSettings(platform);
}));

when('redis', 'in seven processes on Redis', (program) => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await TestRedis.start(program); });
  afterAll(() => redis?.close());
  // Inside, so that its processes stop before Redis does.
  describe('with a password', () => walkTheJourney(() => bootProcesses({ code, redisUrl: redis.url })));
});
