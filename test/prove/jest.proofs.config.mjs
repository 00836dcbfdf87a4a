// Journeys that take too long for the tests: `npm run prove -- journeys` runs them, and nothing else does.
import tests from '../../jest.config.mjs';

/** One after the other: seven processes, and seven more that replace them, share one server's connections. */
export default { ...tests, rootDir: '../..', testMatch: ['<rootDir>/test/{journeys,browser}/*.proof.ts'], maxWorkers: 1 };
