// The parts in which an export was read: JSON Lines of cells, checked as they are read again.
import { createHash } from 'node:crypto';
import type { StoragePort } from '../../kernel/storage/storage.js';
import type { Cell } from './data-export.columns.js';
import type { DataExportRow } from './data-export.service.js';

export interface Part { fileKey: string; sha256: string }

const BATCH = 500;

/** What the keys of an export's files begin with. */
export const filesOf = ({ tenantId, id }: Pick<DataExportRow, 'tenantId' | 'id'>): string => `data-exports/${tenantId}/${id}.`;
export const partsOf = (row: Pick<DataExportRow, 'tenantId' | 'id'>): string => `${filesOf(row)}part-`;
export const folderOf = (tenantId: string): string => `data-exports/${tenantId}/`;

export const lineOf = (cells: readonly Cell[]): string => `${JSON.stringify(cells)}\n`;

/** Every row of these parts in order. @throws when one is not what was written */
export async function* rowsOf(storage: StoragePort, parts: readonly Part[]): AsyncGenerator<Cell[][]> {
  for (const part of parts) for await (const batch of batchesOf(checked(storage, part))) yield batch;
}

/** Lines end as they were ended here: a library's idea of a line knows separators that JSON leaves as they are. */
async function* batchesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Cell[][]> {
  const decoder = new TextDecoder();
  let [rest, batch]: [string, Cell[][]] = ['', []];
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      batch.push(JSON.parse(line) as Cell[]);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function* checked(storage: StoragePort, { fileKey, sha256 }: Part): AsyncGenerator<Uint8Array> {
  const file = await storage.get(fileKey);
  if (!file) throw new Error(`The part ${fileKey} is not there.`);
  const hash = createHash('sha256');
  for await (const piece of file.stream) {
    hash.update(piece as Uint8Array);
    yield piece as Uint8Array;
  }
  if (hash.digest('hex') !== sha256) throw new Error(`The part ${fileKey} is not what was written.`);
}
