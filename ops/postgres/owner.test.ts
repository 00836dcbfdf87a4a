// Proves that one process at a time owns a data folder, whatever a dead owner left and however many come at once.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeOwnership } from './owner.js';
import { markOf } from './process.probe.js';
import { PostgresStartError } from './start.error.js';

describe('the owner lock', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-owner-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const lock = (owner: object): Promise<void> => writeFile(join(folder, 'owner.json'), JSON.stringify(owner));
  const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

  it('refuses a second owner until the first gives it back', async () => {
    const release = await takeOwnership(folder);
    await expect(takeOwnership(folder)).rejects.toThrow(
      new PostgresStartError(`The data folder ${folder} is in use by the running process ${process.pid}: stop that one first.`),
    );
    await release();
    await (await takeOwnership(folder))();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes over from a dead process, and from one whose id another process has by now', async () => {
    await lock({ pid: deadPid(), startTime: null, token: randomUUID() });
    await (await takeOwnership(folder))();
    await lock({ pid: process.pid, startTime: 'before this process began', token: randomUUID() });
    await (await takeOwnership(folder))();
    await lock({ ...markOf(process.pid), token: randomUUID() });
    await expect(takeOwnership(folder)).rejects.toThrow(PostgresStartError);
  });

  it('takes over from an owner file that a power cut emptied', async () => {
    await writeFile(join(folder, 'owner.json'), '');
    await (await takeOwnership(folder))();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes over from a successor that died before it completed the succession', async () => {
    const dead = { pid: deadPid(), startTime: null, token: randomUUID() };
    const successor = { pid: deadPid(), startTime: null, token: randomUUID() };
    await lock(dead);
    await writeFile(join(folder, `owner-after-${dead.token}.json`), JSON.stringify(successor));
    const release = await takeOwnership(folder);
    expect(JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await readdir(folder)).toEqual(['owner.json']);
    await release();
  });

  it('lets exactly one of many take over a dead owner at the same moment', async () => {
    for (let round = 0; round < 25; round += 1) {
      await lock({ pid: 0, startTime: null, token: randomUUID() });
      const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => takeOwnership(folder)));
      const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(PostgresStartError);
      }
      await winners[0]?.value();
    }
  });
});
