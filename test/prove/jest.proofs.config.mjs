// Journeys that take too long for the tests: `npm run prove -- restart` runs them, and nothing else does.
import tests from '../../jest.config.mjs';

export default { ...tests, rootDir: '../..', testMatch: ['<rootDir>/test/journeys/*.proof.ts'] };
