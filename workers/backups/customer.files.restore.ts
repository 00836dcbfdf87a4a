// Puts files of customers back: those that the restored database knows, from whichever backup has them, and none over one that is there.
import type { StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import { atOnce, batches, customerFilesOf, type CountedFile, type CustomerFile } from './customer.files.js';
import { listBackups } from './manifest.js';
import type { Repository } from './repository.js';
import { isDamage } from './stored.bytes.js';
import { readPieces } from './stored.files.js';

export interface RestoredFiles {
  files: number;
  bytes: number;
  /** So many were there already. */
  there: number;
  /** So many are in no backup: they came after the last one, or had gone before it. */
  unknown: number;
  /** A sentence for each that could not be put back. */
  failed: string[];
}

const AT_ONCE = 2;
/** Files that are looked for at a time: each time the indices are read. */
const BATCH = 20_000;
const MOST_FAILED = 100;

/** @param wanted in any order @param progress hears of the files that were looked at */
export async function restoreCustomerFiles(repository: Repository, wanted: AsyncIterable<CountedFile>, to: StoragePort, progress: (files: number) => void): Promise<RestoredFiles> {
  const done: RestoredFiles = { files: 0, bytes: 0, there: 0, unknown: 0, failed: [] };
  const backups = (await listBackups(repository)).whole.reverse();
  const failed = (text: string): void => { if (done.failed.length < MOST_FAILED) done.failed.push(text); };
  let seen = 0;
  for await (const batch of batches(wanted, BATCH)) {
    const found = await look(repository, backups, batch, failed);
    await atOnce(batch, AT_ONCE, async ({ key }) => {
      const [file, there] = [found.get(key), await to.get(key)];
      there?.stream.destroy();
      if (there) done.there += 1;
      else if (!file) done.unknown += 1;
      else await put(file);
      progress(seen += 1);
    });
  }
  return done;

  async function put(file: CustomerFile): Promise<void> {
    try {
      await to.put(file.key, readPieces(repository, file));
      done.files += 1;
      done.bytes += file.bytes;
    } catch (error) {
      // A damaged picture is no reason to leave out those after it.
      if (!isDamage(error)) throw error;
      failed(`The file ${file.key} could not be restored: ${error.message}`);
    }
  }
}

/** The newest first, until all were found. */
async function look(repository: Repository, backups: Awaited<ReturnType<typeof listBackups>>['whole'], batch: readonly CountedFile[], failed: (text: string) => void): Promise<Map<string, CustomerFile>> {
  const found = new Map<string, CustomerFile>();
  const wanted = new Set(batch.map(({ key }) => key));
  for (const backup of backups) {
    try {
      for await (const file of customerFilesOf(repository, backup)) if (wanted.delete(file.key)) found.set(file.key, file);
    } catch (error) {
      if (!isDamage(error)) throw error;
      failed(error.message);
    }
    if (wanted.size === 0) break;
  }
  return found;
}
