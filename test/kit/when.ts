// Tests of what a machine may lack: run where it is present, else skipped under a name that says what is missing.
import { describe, it } from '@jest/globals';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Chromium from Debian's package; null when it is not installed. */
export const chromiumPath = (): string | null => ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(executable) ?? null;

/** Redis' server on the PATH; null when it is not installed. */
export const redisServerPath = (env: NodeJS.ProcessEnv = process.env): string | null =>
  (env['PATH'] ?? '').split(delimiter).filter(Boolean).map((folder) => join(folder, 'redis-server')).find(executable) ?? null;

/** The folder of recorded provider fixtures, which lies outside the repository. */
export const fixturesPath = (env: NodeJS.ProcessEnv = process.env): string | null => {
  const folder = resolve(projectRoot, env['SWITCHBOARD_FIXTURES'] ?? '../shared/fixtures');
  return existsSync(folder) ? folder : null;
};

const capabilities = {
  chromium: { find: () => chromiumPath(), missing: 'Chromium is not installed (apt-get install chromium)' },
  redis: { find: () => redisServerPath(), missing: 'redis-server is not installed (apt-get install redis-server)' },
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
