// Where checkpoints are kept besides the database: a file that only grows, a URL, a bucket. What is kept elsewhere shows a log that was cut.
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { BRIEF, type BucketSettings } from '../../subgraphs/kernel/storage/s3.settings.js';
import { S3Storage } from '../../subgraphs/kernel/storage/s3.storage.js';

export interface CheckpointSink {
  name: string;
  /** @throws when it is not certain that the note was taken */
  push(note: string): Promise<void>;
}

const ANSWER_MS = 5_000;

/** One JSON object a line, on the disk before it counts as pushed. */
const fileSink = (path: string): CheckpointSink => ({
  name: 'file',
  push: async (note) => {
    const file = await open(path, 'a+', 0o644);
    try {
      await file.appendFile(`${await endsMidLine(file) ? '\n' : ''}${JSON.stringify({ note })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  },
});

/** Whoever wrote the last line was killed while writing it, or the disk was full: the next one must not be lost with it. */
async function endsMidLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== '\n';
}

/** The note as it is: it is signed, so nothing else need be. */
const webhookSink = (url: string): CheckpointSink => ({
  name: 'webhook',
  push: async (note) => {
    const response = await fetch(url, {
      method: 'POST', body: note, headers: { 'content-type': 'text/plain; charset=utf-8' }, redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The receiver of audit checkpoints answered with ${response.status}.`);
  },
});

/**
 * An object for each checkpoint, named after its log, its size, and the hash of the note: whatever the store, nothing but the same bytes can be
 * written over one, and two that contradict each other both stay.
 */
const bucketSink = (settings: BucketSettings): CheckpointSink => {
  const storage = new S3Storage(settings, BRIEF);
  return { name: 'bucket', push: (note) => storage.putOnce(objectOf(note), note) };
};

const SIZE_DIGITS = 15;

/** `audit-checkpoints/<tenant, or platform>/<size, so that names sort as sizes do>-<SHA-256 of the note>.txt` */
function objectOf(note: string): string {
  const [origin = '', size = ''] = note.split('\n');
  return `audit-checkpoints/${origin.split('/').at(-1) ?? ''}/${size.padStart(SIZE_DIGITS, '0')}-${createHash('sha256').update(note).digest('hex')}.txt`;
}

export interface SinkOptions {
  file: string | undefined;
  url: string | undefined;
  bucket: BucketSettings | undefined;
}

export const checkpointSinks = ({ file, url, bucket }: SinkOptions): CheckpointSink[] =>
  [...(file ? [fileSink(file)] : []), ...(url ? [webhookSink(url)] : []), ...(bucket ? [bucketSink(bucket)] : [])];
