// Whether every piece of every file of customers opens. Each is read: what a store says of it is nothing.
import { atOnce, batches, customerFilesOf } from './customer.files.js';
import type { BackupManifest } from './manifest.js';
import type { Repository } from './repository.js';
import { isDamage } from './stored.bytes.js';
import { readPieces } from './stored.files.js';

const AT_ONCE = 2;
const BATCH = 200;
/** More say nothing new. */
const MOST_FINDINGS = 100;

/** @returns a sentence for each that does not */
export async function damagedFiles(repository: Repository, manifest: BackupManifest, progress: (part: number) => void): Promise<string[]> {
  const findings: string[] = [];
  let seen = 0;
  try {
    for await (const batch of batches(customerFilesOf(repository, manifest), BATCH)) {
      await atOnce(batch, AT_ONCE, async (file) => {
        let bytes = 0;
        const why = await (async () => {
          for await (const piece of readPieces(repository, file)) bytes += piece.length;
          return bytes === file.bytes ? null : `it has ${bytes} bytes and not ${file.bytes}`;
        })().catch((error: unknown) => {
          if (!isDamage(error)) throw error;
          return error.message;
        });
        if (why !== null && findings.length < MOST_FINDINGS) findings.push(`The file ${file.key} cannot be restored: ${why}`);
      });
      progress((seen += batch.length) / (manifest.customerFiles?.files ?? 1));
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    findings.push(error.message);
  }
  return findings;
}
