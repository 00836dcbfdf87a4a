// Journeys that take too long for the tests: `npm run prove -- journeys` runs them, and nothing else does.
import tests from '../../jest.config.mjs';

/** One after the other: two at once take as long, for what they wait for is the processor. */
export default { ...tests, rootDir: '../..', testMatch: ['<rootDir>/test/{journeys,browser}/*.proof.ts'], maxWorkers: 1 };
