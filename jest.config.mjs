// Tests run in plain Node, as the product does: modules are loaded once a worker and not once a file, which was most of the time.
export default {
  runner: 'jest-light-runner',
  testEnvironment: 'node',
  roots: ['<rootDir>/gateway', '<rootDir>/subgraphs', '<rootDir>/workers', '<rootDir>/ops', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/fixtures/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
  setupFilesAfterEnv: ['<rootDir>/test/kit/runner.setup.mjs'],
  maxWorkers: 2,
  globalSetup: '<rootDir>/test/kit/postgres.global.ts',
  globalTeardown: '<rootDir>/test/kit/postgres.teardown.ts',
};
