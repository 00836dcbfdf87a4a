// The master key in an HSM: the program that is shipped, with the real tool of PKCS#11, on a token of SoftHSM.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { CommandMasterKey } from '../../subgraphs/kernel/crypto/master-key.command.js';
import { when } from '../../test/kit/when.js';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const PIN = '83920147';
const folder = mkdtempSync(join(tmpdir(), 'switchboard-pkcs11-'));
const [keyFile, pinFile, calls] = ['master.key.pkcs11', 'pin', 'calls'].map((name) => join(folder, name)) as [string, string, string];
const shipped = join(projectRoot, 'ops/keys/pkcs11.mjs');
const environment = { SOFTHSM2_CONF: join(folder, 'conf'), PKCS11_KEY_FILE: keyFile, PKCS11_PIN_FILE: pinFile, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };

const run = (args: readonly string[], more: Record<string, string> = {}, input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [shipped, ...args], { env: { ...environment, ...more }, input, encoding: 'utf8' });
  return { status, stdout, stderr };
};
const make = (...more: string[]) => run(['make', '--module', MODULE, '--token', 'switchboard', '--bits', '2048', ...more]);

when('hsm', 'a master key in an HSM', (openTool) => {
  /** What is on the token. */
  const objects = (): string => spawnSync(openTool, ['--module', MODULE, '--token-label', 'switchboard', '--login', '--pin', PIN, '--list-objects'], { env: environment, encoding: 'utf8' }).stdout;

  beforeAll(() => {
    for (const name of ['tokens', 'bin']) mkdirSync(join(folder, name));
    writeFileSync(environment.SOFTHSM2_CONF, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\n`);
    writeFileSync(pinFile, `${PIN}\n`, { mode: 0o600 });
    const made = spawnSync('softhsm2-util', ['--init-token', '--free', '--label', 'switchboard', '--so-pin', '5678', '--pin', PIN], { env: environment, encoding: 'utf8' });
    expect([made.status, made.stderr]).toEqual([0, '']);
    // The real tool, and what everybody who runs `ps` could have seen of it.
    writeFileSync(join(folder, 'bin', 'pkcs11-tool'), `#!/bin/sh\necho "$@" >> '${calls}'\nexec '${openTool}' "$@"\n`, { mode: 0o700 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, whole or not at all', () => {
    // SoftHSM has no OAEP but that with SHA-1: the pair that was made for nothing is gone.
    expect(make()).toMatchObject({ status: 1, stderr: expect.stringContaining('pkcs11-tool failed with 1.') });
    expect([objects(), readdirSync(folder).filter((name) => name.startsWith('master'))]).toEqual(['', []]);
    expect(make('--hash', 'SHA-1')).toMatchObject({ status: 0, stdout: expect.stringContaining(`${keyFile} holds a master key`) });
    const [content, token] = [readFileSync(keyFile, 'utf8'), objects()];
    expect([statSync(keyFile).mode & 0o777, token.includes('sensitive, always sensitive, never extractable, local')]).toEqual([0o600, true]);
    expect(make('--hash', 'SHA-1')).toMatchObject({ status: 1, stderr: `${keyFile} is there already: what it has wrapped needs it.\n` });
    expect([readFileSync(keyFile, 'utf8'), objects()]).toEqual([content, token]);
  });

  it('wraps and opens for the product, in its own place alone, and shows the PIN to nobody', async () => {
    const program = join(folder, 'program');
    writeFileSync(program, `#!/bin/sh\n${Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`).join('')}exec '${process.execPath}' '${shipped}'\n`, { mode: 0o700 });
    const port = new CommandMasterKey(program, { timeoutMs: 60_000 });
    const key = randomBytes(32);
    const wrapped = await port.wrap(key, 'place');
    expect([wrapped.includes(key), await port.unwrap(wrapped, 'place')]).toEqual([false, key]);
    await expect(port.unwrap(wrapped, 'elsewhere')).rejects.toThrow('ended with exit code 1 on unwrap');
    wrapped.writeUInt8(wrapped.readUInt8(20) ^ 1, 20);
    await expect(port.unwrap(wrapped, 'place')).rejects.toThrow('ended with exit code 1 on unwrap');
    const seen = readFileSync(calls, 'utf8');
    expect([seen.includes('--pin env:PKCS11_PIN'), seen.includes(PIN)]).toEqual([true, false]);
  });

  const asked = JSON.stringify({ operation: 'wrap', data: randomBytes(64).toString('base64'), context: 'place' });
  it.each<[string, Record<string, string>, string, string]>([
    ['no PIN', { PKCS11_PIN_FILE: '' }, asked, 'PKCS11_PIN_FILE or PKCS11_PIN must give the user PIN.'],
    ['a wrong PIN', { PKCS11_PIN_FILE: '', PKCS11_PIN: '1111' }, asked, 'pkcs11-tool failed with 1.'],
    ['no tool', { PATH: '/nowhere' }, asked, 'pkcs11-tool is not installed (Debian: opensc).'],
    ['no file', { PKCS11_KEY_FILE: '/nowhere/key' }, asked, "ENOENT: no such file or directory, open '/nowhere/key'"],
    ['a file of something else', { PKCS11_KEY_FILE: pinFile }, asked, 'is not what it should be'],
    ['no request', {}, 'c2VjcmV0', 'is not what it should be'],
    ['another wish', {}, '{"operation":"tell","data":"c2VjcmV0","context":""}', 'The operation is wrap or unwrap.'],
  ])('%s: exit code 1, nothing answered, and the reason without a secret', (_name, more, input, reason) => {
    const { status, stdout, stderr } = run([], more, input);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(reason);
    expect([PIN, 'c2VjcmV0'].filter((secret) => stderr.includes(secret))).toEqual([]);
  });
});
