// Writes a cluster back: the files of a backup, and beside them the log that leads from there to the moment that is wanted.
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { atOnce } from './customer.files.js';
import { readIndex, type BackupIndex, type BackupManifest, type FileEntry } from './manifest.js';
import { giveBack } from './memory.js';
import type { Repository } from './repository.js';
import type { RestorePlan } from './restore.plan.js';
import { knownTimelines, readHistory } from './wal.coverage.js';
import { readPiece } from './wal.segment.js';

const AT_ONCE = 2;
const MADE_AT_ONCE = 16;

interface Slice { file: string; at: number; offset: number; bytes: number }

/**
 * Into a folder that is empty.
 * @param progress hears how many bytes of content have been written
 * @throws DamagedObject naming the first object that is not what it was
 */
export async function restoreFiles(repository: Repository, plan: RestorePlan, cluster: string, progress: (bytes: number) => void): Promise<BackupIndex> {
  const index = await readIndex(repository, plan.manifest);
  await makeFiles(index.files, cluster);
  let done = 0;
  const wrote = (bytes: number): void => progress((done += bytes));
  await restorePacks(repository, plan.manifest, index.files, cluster, wrote);
  await restoreLog(repository, plan, cluster, wrote);
  return index;
}

async function makeFiles(files: readonly FileEntry[], cluster: string): Promise<void> {
  // Links first: they lead to where the files of a tablespace are.
  for (const { path } of files.filter(({ kind }) => kind === 'link')) {
    const place = join(dirname(cluster), 'tablespaces', path.split('/').at(-1) ?? '');
    await mkdir(place, { recursive: true, mode: 0o700 });
    await mkdir(dirname(join(cluster, path)), { recursive: true, mode: 0o700 });
    await symlink(place, join(cluster, path));
  }
  for (const { path } of files.filter(({ kind }) => kind === 'directory')) await mkdir(join(cluster, path), { recursive: true, mode: 0o700 });
  const folders = new Set<string>();
  await atOnce(files.filter(({ kind }) => kind === 'file'), MADE_AT_ONCE, async ({ path, mode }) => {
    const folder = dirname(join(cluster, path));
    if (!folders.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
    folders.add(folder);
    await writeFile(join(cluster, path), '', { mode, flag: 'wx' });
  });
}

async function restorePacks(repository: Repository, manifest: BackupManifest, files: readonly FileEntry[], cluster: string, wrote: (bytes: number) => void): Promise<void> {
  const slices = new Map<number, Slice[]>();
  for (const { path, parts } of files) {
    let at = 0;
    for (const [pack, offset, bytes] of parts) {
      const known = slices.get(pack);
      if (known) known.push({ file: path, at, offset, bytes });
      else slices.set(pack, [{ file: path, at, offset, bytes }]);
      at += bytes;
    }
  }
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < manifest.packs.length; number = next++) {
      const pack = manifest.packs[number]!;
      const content = await repository.get({ scope: manifest.id, path: pack.path }, pack.content, pack);
      for (const { file, at, offset, bytes } of slices.get(number) ?? []) {
        const handle = await open(join(cluster, file), 'r+');
        try {
          await handle.write(content, offset, bytes, at);
        } finally {
          await handle.close();
        }
      }
      wrote(pack.content);
      giveBack(content);
    }
  };
  // Whoever fails first says why; the others end by themselves at the end of theirs.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** Whole segments, as the server reads them: what is not there is empty, and ends the log. */
async function restoreLog(repository: Repository, { pieces, manifest }: RestorePlan, cluster: string, wrote: (bytes: number) => void): Promise<void> {
  const folder = join(cluster, 'pg_wal');
  await mkdir(join(folder, 'archive_status'), { recursive: true, mode: 0o700 });
  for (const { timeline, hasHistory } of await knownTimelines(repository)) {
    if (hasHistory) await writeFile(join(folder, `${timeline.toString(16).padStart(8, '0').toUpperCase()}.history`), await readHistory(repository, timeline), { mode: 0o600 });
  }
  for (const piece of pieces) {
    const handle = await open(join(folder, piece.segment.toUpperCase()), piece.start === 0 ? 'w' : 'r+', 0o600);
    try {
      if (piece.start === 0) await handle.truncate(manifest.server.segmentBytes);
      const content = await readPiece(repository, piece);
      await handle.write(content, 0, content.length, piece.start);
    } finally {
      await handle.close();
    }
    wrote(piece.end - piece.start);
  }
}
