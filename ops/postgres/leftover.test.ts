// What a start makes of a lock file whose server is dead but was never collected by its parent.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findLeftover } from './leftover.js';
import { isRunning, isTaken } from './process.probe.js';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a lock file that names a zombie', () => {
  let folder: string;
  let parent: ChildProcess;
  let zombie: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-leftover-'));
    // The shell starts a child, then becomes a program that never collects it.
    parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    zombie = await new Promise<number>((resolve) => { parent.stdout?.once('data', (pid: Buffer) => resolve(Number(pid.toString()))); });
    while (isRunning(zombie)) await sleep(10);
  });
  afterAll(() => {
    parent.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('no longer names it, because PostgreSQL would take it for a living server', async () => {
    expect({ running: isRunning(zombie), taken: isTaken(zombie) }).toEqual({ running: false, taken: true });
    const file = join(folder, 'postmaster.pid');
    const rest = [folder, '1700000000', '5432', '', '127.0.0.1', '  1234567   42', 'ready', ''];
    writeFileSync(file, [zombie, ...rest].join('\n'));
    expect(await findLeftover(folder, 'irrelevant', () => undefined)).toBeUndefined();
    const [pid, ...kept] = readFileSync(file, 'utf8').split('\n');
    expect(isTaken(Number(pid))).toBe(false);
    // The shared memory of the old server is found by these lines.
    expect(kept).toEqual(rest);
  });

  it('is left as it is when it names nobody', async () => {
    const file = join(folder, 'postmaster.pid');
    writeFileSync(file, `2147483646\n${folder}\n`);
    expect(await findLeftover(folder, 'irrelevant', () => undefined)).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(`2147483646\n${folder}\n`);
  });
});
