// The lock that lets one living process at a time own a data folder; a dead owner's lock is taken over.
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, markOf } from './process.probe.js';
import type { ProcessMark } from './process.probe.js';
import { PostgresStartError, codeOf } from './start.error.js';

interface Owner extends ProcessMark {
  token: string;
}

/**
 * Takes `owner.json` in the folder; the returned function gives it back.
 *
 * A dead owner X is succeeded by linking `owner-after-<X>.json`, which only one process can do, then by renaming one's own
 * record over owner.json. A successor that died between the two is succeeded in the same way. Whoever links after
 * the succession was completed sees another owner.json than the one it judged, and begins again.
 * @throws PostgresStartError when a living process owns the folder.
 */
export async function takeOwnership(dataDir: string): Promise<() => Promise<void>> {
  const lock = join(dataDir, 'owner.json');
  const successorOf = (owner: Owner): string => join(dataDir, `owner-after-${owner.token}.json`);
  const mine: Owner = { ...markOf(process.pid), token: randomUUID() };
  const draft = join(dataDir, `owner-${mine.token}.draft`);
  await writeFile(draft, JSON.stringify(mine), { flag: 'wx' });
  const release = async (): Promise<void> => {
    if ((await read(lock))?.token === mine.token) await rm(lock, { force: true });
  };
  try {
    for (;;) {
      const first = await read(lock);
      if (first === undefined) {
        if (await linkedNew(draft, lock)) return release;
        continue;
      }
      let last = first;
      const claims: string[] = [];
      for (let next: Owner | undefined = first; next !== undefined; next = await read(successorOf(last))) {
        last = next;
        claims.push(successorOf(last));
      }
      if (isAlive(last)) {
        throw new PostgresStartError(
          `The data folder ${dataDir} is in use by the running process ${last.pid}: stop that one first.`,
        );
      }
      const claim = successorOf(last);
      if (!(await linkedNew(draft, claim))) continue;
      if ((await read(lock))?.token !== first.token) {
        await rm(claim, { force: true });
        continue;
      }
      await rename(draft, lock);
      for (const done of claims) await rm(done, { force: true });
      return release;
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function linkedNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Owner;
  } catch {
    // A power cut can leave an empty file; whoever wrote it is gone.
    return { pid: 0, startTime: null, token: 'unreadable' };
  }
}
