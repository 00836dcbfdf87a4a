// A master key in another program: real programs, of which one works and the others fail in every way, none of which tells a key.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../test/kit/until.js';
import { projectRoot } from '../base/schema-files.js';
import { CommandMasterKey } from './master-key.command.js';
import { environmentMasterKey } from './master-key.js';
import { MasterKeyRing } from './master-key.ring.js';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-command-'));
const key = randomBytes(32);
let works: CommandMasterKey;

function program(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o700 });
  return path;
}

beforeAll(() => {
  writeFileSync(join(folder, 'key'), randomBytes(32).toString('base64'));
  const example = join(projectRoot, 'ops/docs/security/master-key-command.example.mjs');
  works = new CommandMasterKey(program('works', `EXAMPLE_KEY_FILE='${folder}/key' exec '${process.execPath}' '${example}'`), { timeoutMs: 60_000 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failure = async (path: string, operation: 'wrap' | 'unwrap' = 'wrap', timeoutMs = 60_000): Promise<string> => {
  const port = new CommandMasterKey(path, { timeoutMs });
  const asked = operation === 'wrap' ? port.wrap(key, 'place') : port.unwrap(Buffer.concat([Buffer.of(2), key, key]), 'place');
  return asked.then(() => 'accepted', (error: Error) => `${error.message}${String(error.cause ?? '')}`);
};

describe('a program that keeps the master key', () => {
  it('opens what it wrapped, in its own place alone, as the example of the documentation does', async () => {
    const wrapped = await works.wrap(key, 'place');
    expect(await works.unwrap(wrapped, 'place')).toEqual(key);
    await expect(works.unwrap(wrapped, 'elsewhere')).rejects.toThrow('ended with exit code 1 on unwrap');
    const altered = Buffer.from(wrapped);
    altered.writeUInt8(altered.readUInt8(20) ^ 1, 20);
    await expect(works.unwrap(altered, 'place')).rejects.toThrow('ended with exit code 1 on unwrap');
    expect(wrapped.includes(key)).toBe(false);
  });

  it('cannot take the binding to the place away, even by giving back whatever it gets', async () => {
    const echoes = new CommandMasterKey(program('echoes', `sed 's/.*"data":"\\([^"]*\\)".*/{"data":"\\1"}/'`), { timeoutMs: 60_000 });
    const wrapped = await echoes.wrap(key, 'place');
    expect(await echoes.unwrap(wrapped, 'place')).toEqual(key);
    await expect(echoes.unwrap(wrapped, 'elsewhere')).rejects.toThrow('it belongs elsewhere');
  });

  it.each<[string, string, string]>([
    ['fails', 'cat; cat >&2; exit 7', 'ended with exit code 7'],
    ['is killed', 'kill -KILL $$', 'ended with SIGKILL'],
    ['says nothing', 'cat > /dev/null', 'answered something else than {"data": base64}'],
    ['answers what is no JSON', 'cat > /dev/null; echo nonsense', 'answered something else than {"data": base64}'],
    ['answers what is no base64', `echo '{"data":"?"}'`, 'answered something else than {"data": base64}'],
    ['answers without an end', 'yes', 'answered too much'],
  ])('%s: one sentence without what went in or out', async (name, body, why) => {
    const path = program(name.replaceAll(' ', '-'), body);
    for (const operation of ['wrap', 'unwrap'] as const) {
      const message = await failure(path, operation);
      expect(message).toBe(`The program of the master key (${path}) ${why} on ${operation}.`);
    }
  });

  it('that does not exist or may not be run is named', async () => {
    writeFileSync(join(folder, 'text'), 'no program', { mode: 0o600 });
    expect(await failure(join(folder, 'missing'))).toBe(`The program of the master key (${join(folder, 'missing')}) cannot be run (ENOENT) on wrap.`);
    expect(await failure(join(folder, 'text'))).toBe(`The program of the master key (${join(folder, 'text')}) cannot be run (EACCES) on wrap.`);
  });

  it('is ended with all it has started when it is late', async () => {
    const path = program('late', `sleep 300 & echo $! > '${folder}/sleeper'; wait`);
    expect(await failure(path, 'wrap', 2_000)).toBe(`The program of the master key (${path}) did not answer within 2000 ms on wrap.`);
    const sleeper = Number(readFileSync(join(folder, 'sleeper'), 'utf8'));
    await until(async () => !runs(sleeper), 'what it has started has ended');
  });

  it('is asked by few at a time, and answers all', async () => {
    const path = program('counted', `echo + >> '${folder}/calls'; sed 's/.*"data":"\\([^"]*\\)".*/{"data":"\\1"}/'; echo - >> '${folder}/calls'`);
    const counted = new CommandMasterKey(path, { timeoutMs: 60_000 });
    const keys = Array.from({ length: 8 }, () => randomBytes(32));
    const wrapped = await Promise.all(keys.map((one) => counted.wrap(one, 'place')));
    expect(await Promise.all(wrapped.map((one) => counted.unwrap(one, 'place')))).toEqual(keys);
    let [running, most, calls] = [0, 0, 0];
    for (const line of readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')) {
      running += line === '+' ? 1 : -1;
      calls += line === '+' ? 1 : 0;
      most = Math.max(most, running);
    }
    expect([calls, running, most > 1 && most <= 4]).toEqual([16, 0, true]);
  }, 60_000);
});

describe('a ring of master keys', () => {
  it('wraps with one, opens what either has wrapped, and nothing of a third', async () => {
    const [former, other] = [1, 2].map(() => environmentMasterKey(randomBytes(32).toString('base64'))) as [ReturnType<typeof environmentMasterKey>, ReturnType<typeof environmentMasterKey>];
    const ring = new MasterKeyRing(works, [former]);
    const [mine, old, foreign] = await Promise.all([ring, former, other].map((one) => one.wrap(key, 'place'))) as [Buffer, Buffer, Buffer];
    expect(await Promise.all([ring.unwrap(mine, 'place'), ring.unwrap(old, 'place'), works.unwrap(mine, 'place')])).toEqual([key, key, key]);
    expect([ring.owns(mine), ring.owns(old), former.owns(old), former.owns(foreign), former.owns(mine)]).toEqual([true, false, true, false, false]);
    await expect(ring.unwrap(foreign, 'place')).rejects.toThrow('No master key that is configured has wrapped this key.');
    await expect(ring.unwrap(old, 'elsewhere')).rejects.toThrow(/authenticate/);
  });
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended, too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
