// A restored cluster takes the place of the one that is there, which is kept beside it: by renaming alone, and so that whoever is killed on the way leaves either the one or the other, or neither at the place, which no start takes for an empty folder (`ensureCluster`).
import { link, open, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noCrash, type CrashPoint, type CrashStep } from '../../subgraphs/kernel/base/crash-points.js';
import { clusterOf } from '../postgres/folder.js';

export const swapCrashTable = [
  { point: 'restore:kept', step: 'The password of the old cluster is kept under its new name too.', committed: 'that', onRestart: 'the old cluster is served' },
  { point: 'restore:aside', step: 'The old cluster is aside.', committed: 'its new name', onRestart: 'refused, with what to do: restore again, or rename both back' },
  { point: 'restore:password', step: 'The password is that of the restored cluster.', committed: 'that', onRestart: 'as above' },
] as const satisfies readonly CrashStep[];

export const exists = (path: string): Promise<boolean> => stat(path).then(() => true, (error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') return false;
  throw error;
});

/** @param password of the restored one @returns the name of the one that was there, null when there was none */
export async function swapIn(dataDir: string, cluster: string, password: string, now: Date, crash: CrashPoint<(typeof swapCrashTable)[number]['point']> = noCrash): Promise<string | null> {
  const stamp = now.toISOString().replace(/[:.]/g, '-');
  const place = clusterOf(dataDir);
  const secret = join(dataDir, 'superuser-password');
  await writeFile(`${secret}.new`, password, { mode: 0o600, flush: true });
  const old = await exists(place) ? `${place}-before-${stamp}` : null;
  if (old) {
    // Before anything moves: without its password nobody opens it again.
    await link(secret, `${secret}-before-${stamp}`);
    crash('restore:kept');
    await rename(place, old);
    crash('restore:aside');
  }
  await rename(`${secret}.new`, secret);
  crash('restore:password');
  await rename(cluster, place);
  if (process.platform !== 'win32') {
    const folder = await open(dataDir);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
  return old;
}
