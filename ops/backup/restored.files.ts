// Files of customers after a restore: what the restored database knows is put back where files are kept.
import { StorageError, type StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import { withClient } from '../../workers/backups/backup.client.js';
import { countedFiles, type CountedFile } from '../../workers/backups/customer.files.js';
import { restoreCustomerFiles } from '../../workers/backups/customer.files.restore.js';
import type { Repository } from '../../workers/backups/repository.js';
import { spool, type Spool } from '../../workers/backups/spool.js';
import type { CommandEnd } from './command.parts.js';
import { megabytes } from './sizes.js';

/** Before the restored server ends: the files are put back when its cluster is in its place. @param url of its superuser */
export const knownFiles = (url: string): Promise<Spool<CountedFile>> => withClient(url, (client) => spool(countedFiles(client)));

/** The database is in its place whatever becomes of them: what fails is told, with how to go on. */
export async function putFilesBack(repository: Repository, known: Spool<CountedFile>, to: StoragePort, say: (line: string) => void): Promise<CommandEnd> {
  if (known.count === 0) return { ok: true, lines: [] };
  let told = Date.now();
  const progress = (seen: number): void => {
    if (Date.now() - told < 1_000) return;
    told = Date.now();
    say(`files of customers: ${seen} of ${known.count}`);
  };
  try {
    const { files, bytes, there, unknown, failed } = await restoreCustomerFiles(repository, known.rows(), to, progress);
    const rest = [
      ...(there > 0 ? [`${there} were there`] : []), ...(unknown > 0 ? [`${unknown} are in no backup: they came after the last one, or had gone before it`] : []),
      ...(failed.length > 0 ? [`${failed.length} could not be put back`] : []),
    ];
    return { ok: failed.length === 0, lines: [...failed, `${files} files of customers (${megabytes(bytes)}) were put back${rest.map((text) => `; ${text}`).join('')}`] };
  } catch (error) {
    if (!(error instanceof StorageError) && (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return { ok: false, lines: [`not all files of customers were put back: ${(error as Error).message}`, 'go on with them when the product runs: npm run backup -- files'] };
  }
}
