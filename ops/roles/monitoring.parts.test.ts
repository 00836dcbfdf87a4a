// Where the operator's token comes from, and what is said when it cannot.
import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { Started } from '../started.js';
import { monitoringOf } from './monitoring.parts.js';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (content: string): string => {
  const path = join(folder, 'token');
  writeFileSync(path, content);
  return path;
};
const tokenWith = async (env: Record<string, string>): Promise<string | undefined> => {
  const started = new Started();
  const { monitoring } = monitoringOf(readConfig(env), silentLogger, started);
  await started.stop();
  return monitoring.token;
};

describe('the operator\'s token', () => {
  it('is the variable, or what the file holds without the end of its line, or none', async () => {
    expect(await tokenWith({ MONITORING_TOKEN: 'sixteen-letters!' })).toBe('sixteen-letters!');
    expect(await tokenWith({ MONITORING_TOKEN_FILE: fileOf('sixteen-letters!\n') })).toBe('sixteen-letters!');
    expect(await tokenWith({})).toBeUndefined();
  });

  it.each<[string, () => Record<string, string>]>([
    ['MONITORING_TOKEN must be', () => ({ MONITORING_TOKEN: 'hunter2' })],
    ['MONITORING_TOKEN must be', () => ({ MONITORING_TOKEN: 'hunter2 and some more' })],
    ['MONITORING_TOKEN_FILE must hold', () => ({ MONITORING_TOKEN_FILE: fileOf('hunter2') })],
    ['cannot be read (ENOENT)', () => ({ MONITORING_TOKEN_FILE: join(folder, 'none') })],
    ['are both set', () => ({ MONITORING_TOKEN: 'hunter2-hunter2-hunter2', MONITORING_TOKEN_FILE: fileOf('hunter2-hunter2-hunter2') })],
  ])('is refused in one sentence that does not tell it: %s', async (sentence, env) => {
    const error = await tokenWith(env()).then(() => null, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain(sentence);
    expect((error as Error).message).not.toContain('hunter2');
  });
});
