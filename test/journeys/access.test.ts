// The journeys of access and of settings in one process, as `npm start` composes it.
import { afterAll, beforeAll } from '@jest/globals';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { walkAccess } from './access.journey.js';
import { walkSettings } from './settings.journey.js';

let platform: TestPlatform;
beforeAll(async () => { platform = await bootPlatform({ config: { trustedProxies: ['127.0.0.1'] } }); });
afterAll(() => platform?.stop());

walkAccess(() => platform);
walkSettings(() => platform);
