// Journeys that take too long for the tests: `npm run prove -- journeys` runs them, and nothing else does.
import tests from '../../jest.config.mjs';

/** Two at a time: much of each is waiting for what was killed to come back. */
export default { ...tests, rootDir: '../..', testMatch: ['<rootDir>/test/{journeys,browser}/*.proof.ts'], maxWorkers: 2 };
