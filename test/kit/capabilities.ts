// What a machine may lack, and where it is when it does not.
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

const onPath = (program: string, env: NodeJS.ProcessEnv): string | null =>
  (env['PATH'] ?? '').split(delimiter).filter(Boolean).map((folder) => join(folder, program)).find(executable) ?? null;

/** Redis' server on the PATH; null when it is not installed. */
export const redisServerPath = (env: NodeJS.ProcessEnv = process.env): string | null => onPath('redis-server', env);

/** The tool of PKCS#11 on the PATH, where SoftHSM is there too to be asked; null when either is not installed. */
export const softHsmToolPath = (env: NodeJS.ProcessEnv = process.env): string | null => (onPath('softhsm2-util', env) === null ? null : onPath('pkcs11-tool', env));

/** The folder of recorded provider fixtures, which lies outside the repository. */
export const fixturesPath = (env: NodeJS.ProcessEnv = process.env): string | null => {
  const folder = resolve(projectRoot, env['SWITCHBOARD_FIXTURES'] ?? '../shared/fixtures');
  return existsSync(folder) ? folder : null;
};
