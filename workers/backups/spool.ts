// Rows laid into a file of their own, to be read at leisure: what is done with them may take hours, which no transaction and no restored server should.
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Spool<T> {
  count: number;
  rows(): AsyncGenerator<T>;
  remove(): Promise<void>;
}

const LINES = 1_000;

export async function spool<T>(rows: AsyncIterable<T>): Promise<Spool<T>> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-spool-'));
  const path = join(folder, 'rows.jsonl');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let count = 0;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      let lines: string[] = [];
      for await (const row of rows) {
        count += 1;
        if (lines.push(`${JSON.stringify(row)}\n`) < LINES) continue;
        await file.write(lines.join(''));
        lines = [];
      }
      await file.write(lines.join(''));
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { count, remove, rows: () => read<T>(path) };
}

async function* read<T>(path: string): AsyncGenerator<T> {
  for await (const line of createInterface({ input: createReadStream(path) })) yield JSON.parse(line) as T;
}
