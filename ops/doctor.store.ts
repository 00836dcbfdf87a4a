// The doctor's look at the object store: whether files can be written, read and deleted, and whether checkpoints are taken.
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { Config } from '../subgraphs/kernel/base/config.js';
import { BRIEF } from '../subgraphs/kernel/storage/s3.settings.js';
import { S3Storage } from '../subgraphs/kernel/storage/s3.storage.js';
import type { Report } from './doctor.report.js';

export async function examineStore({ objectStore, auditCheckpointBucket }: Config, report: Report): Promise<void> {
  if (objectStore) {
    await report.check(`bucket ${objectStore.bucket} for files`, async () => {
      await probe(new S3Storage(objectStore, BRIEF));
      return 'writes, reads, lists and deletes';
    });
  }
  if (auditCheckpointBucket) {
    await report.check(`bucket ${auditCheckpointBucket.bucket} for checkpoints`, async () => {
      // One object for ever: such a bucket may keep all it has, and let us do nothing but add to it.
      await new S3Storage(auditCheckpointBucket, BRIEF).putOnce('audit-checkpoints/doctor.txt', 'The doctor was here.\n');
      return 'takes objects';
    });
  }
}

async function probe(storage: S3Storage): Promise<void> {
  const word = randomBytes(16).toString('hex');
  const key = `doctor/${word}.txt`;
  await storage.put(key, words(word));
  try {
    const file = await storage.get(key);
    if (!file || await text(file.stream) !== word) throw new Error('what was written is not what is read');
  } finally {
    await storage.remove(key);
  }
  await storage.removeAll(key);
  if (await storage.get(key)) throw new Error('what was deleted is still there');
}

async function* words(word: string): AsyncGenerator<string> {
  yield word;
}
