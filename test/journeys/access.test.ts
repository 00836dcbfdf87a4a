// The journey of access in one process, as `npm start` composes it.
import { afterAll, beforeAll } from '@jest/globals';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { walkAccess } from './access.journey.js';

let platform: TestPlatform;
beforeAll(async () => { platform = await bootPlatform(); });
afterAll(() => platform?.stop());

walkAccess(() => platform);
