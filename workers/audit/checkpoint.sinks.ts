// Where checkpoints are kept besides the database: a file that only grows, and a URL. What is kept elsewhere shows a log that was cut.
import { open, type FileHandle } from 'node:fs/promises';

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

export interface SinkOptions {
  file: string | undefined;
  url: string | undefined;
}

export const checkpointSinks = ({ file, url }: SinkOptions): CheckpointSink[] =>
  [...(file ? [fileSink(file)] : []), ...(url ? [webhookSink(url)] : [])];
