// Tests of what a machine may lack: run where it is present, else skipped under a name that says what is missing.
import { describe, it } from '@jest/globals';
import { chromiumPath, fixturesPath, redisServerPath, softHsmToolPath } from './capabilities.js';

const capabilities = {
  chromium: { find: () => chromiumPath(), missing: 'Chromium is not installed (apt-get install chromium)' },
  redis: { find: () => redisServerPath(), missing: 'redis-server is not installed (apt-get install redis-server)' },
  hsm: { find: () => softHsmToolPath(), missing: 'SoftHSM or OpenSC is not installed (apt-get install softhsm2 opensc)' },
  fixtures: { find: () => fixturesPath(), missing: 'the fixtures folder is absent (set SWITCHBOARD_FIXTURES)' },
} as const;

export type Capability = keyof typeof capabilities;

/**
 * A `describe` named `name` whose body gets the capability's path.
 * Without the capability it is one skipped test that says what is missing.
 */
export function when(capability: Capability, name: string, body: (path: string) => void): void {
  const { find, missing } = capabilities[capability];
  const path = find();
  if (path === null) {
    it.skip(`${name} (skipped: ${missing})`, () => undefined);
    return;
  }
  describe(name, () => body(path));
}
