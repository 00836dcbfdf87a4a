// The master key's two ports: what a wrong one says, and a file that appears whole, once, for its owner alone.
import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../base/schema-files.js';
import { ConfigError } from '../base/config.js';
import { environmentMasterKey, fileMasterKey } from './master-key.js';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('the key of the environment', () => {
  it('opens what it wrapped, and another does not', async () => {
    const key = randomBytes(32);
    const wrapped = await environmentMasterKey(key.toString('base64')).wrap(Buffer.from('data key'), 'place');
    expect((await environmentMasterKey(` ${key.toString('base64')}\n`).unwrap(wrapped, 'place')).toString()).toBe('data key');
    await expect(environmentMasterKey(key.toString('base64')).unwrap(wrapped, 'elsewhere')).rejects.toThrow();
    await expect(environmentMasterKey(randomBytes(32).toString('base64')).unwrap(wrapped, 'place')).rejects.toThrow();
  });

  it.each([
    ['', 'it holds 0'], ['c2hvcnQ=', 'it holds 5'], [randomBytes(33).toString('base64'), 'it holds 33'], [randomBytes(32).toString('hex'), 'it holds 48'],
    [`${randomBytes(32).toString('base64').slice(0, 20)} ${'A'.repeat(23)}=`, 'it holds other characters'],
  ])('that is wrong is one sentence without the key', (value, fault) => {
    expect(refusal(() => environmentMasterKey(value))).toBe(`Configuration: SWITCHBOARD_MASTER_KEY must hold 32 bytes in base64 (${fault}).`);
  });
});

describe('the key file', () => {
  it('is made once, for its owner alone, in a folder for its owner alone', async () => {
    const path = join(folder, 'new', 'master.key');
    const wrapped = await fileMasterKey(path, true).wrap(Buffer.from('data key'), 'place');
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(join(folder, 'new')).mode & 0o777).toString(8)).toBe('700');
    expect(Buffer.from(readFileSync(path, 'utf8'), 'base64')).toHaveLength(32);
    expect((await fileMasterKey(path, true).unwrap(wrapped, 'place')).toString()).toBe('data key');
    expect((await fileMasterKey(path, false).unwrap(wrapped, 'place')).toString()).toBe('data key');
  });

  it('is one for processes that start at the same moment, and none sees half of it', async () => {
    const path = join(folder, 'raced', 'master.key');
    const start = Date.now() + 600;
    // Processes of their own, let loose in the same millisecond.
    const script = `
      import { fileMasterKey } from './subgraphs/kernel/crypto/master-key.ts';
      while (Date.now() < ${start});
      fileMasterKey(${JSON.stringify(path)}, true);
      process.stdout.write((await import('node:fs')).readFileSync(${JSON.stringify(path)}, 'utf8'));`;
    const runs = await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath,
      ['--import', './test/kit/typescript.mjs', '--input-type=module', '--eval', script], { cwd: projectRoot })));
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(Buffer.from(runs[0]?.stdout ?? '', 'base64')).toHaveLength(32);
    expect(readdirSync(join(folder, 'raced'))).toEqual(['master.key']);
  });

  it('that is missing, short, mistyped or unreadable is one sentence without the key', () => {
    const path = join(folder, 'wrong.key');
    expect(refusal(() => fileMasterKey(path, false))).toBe(`Configuration: the master key file ${path} does not exist.`);
    writeFileSync(path, 'c2hvcnQ=\n');
    for (const create of [false, true]) expect(refusal(() => fileMasterKey(path, create))).toBe(`Configuration: ${path} must hold 32 bytes in base64 (it holds 5).`);
    writeFileSync(path, '');
    expect(refusal(() => fileMasterKey(path, true))).toBe(`Configuration: ${path} must hold 32 bytes in base64 (it holds 0).`);
    mkdirSync(join(folder, 'directory'));
    expect(refusal(() => fileMasterKey(join(folder, 'directory'), true))).toBe(`Configuration: the master key file ${join(folder, 'directory')} cannot be read (EISDIR).`);
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`);
    chmodSync(path, 0o600);
    expect(refusal(() => fileMasterKey(path, false))).toBe('accepted');
  });
});
