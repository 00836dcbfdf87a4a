// The archive of an export: the files of all parts, each checked against what its part said of it, and one manifest.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { encodeId } from '../../kernel/base/ids.js';
import { INDEX_FILE, exportIndex, tableFile, tenantExportFiles, type ExportIndex } from '../../kernel/messaging/tenant-export.js';
import type { StoragePort } from '../../kernel/storage/storage.js';
import type { TenantExportRow } from './tenant-export.service.js';

/** What a subgraph has written is not (any more) what it said: it has to write it again. */
export class PartBroken extends Error {
  constructor(readonly subgraph: string, what: string) {
    super(`The part of ${subgraph} is broken: ${what}.`);
  }
}

type Row = Pick<TenantExportRow, 'tenantId' | 'id' | 'parts' | 'requestedAt'>;
interface Source { subgraph: string; key: string; name: string; sha256: string }

const ROOT = 'tenant-export';

export class Archive {
  private constructor(private readonly storage: StoragePort, private readonly row: Row, private readonly indexes: readonly ExportIndex[]) {}

  /** @throws PartBroken */
  static async of(storage: StoragePort, row: Row): Promise<Archive> {
    const indexes: ExportIndex[] = [];
    for (const [subgraph, { attempt, indexSha256 }] of Object.entries(row.parts).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const key = `${tenantExportFiles({ tenantId: row.tenantId, exportId: row.id }, subgraph, attempt)}${INDEX_FILE}`;
      indexes.push(exportIndex.parse(await json(checked(storage, { subgraph, key, name: INDEX_FILE, sha256: indexSha256 }))));
    }
    return new Archive(storage, row, indexes);
  }

  /** Of its tables; the archive itself is compressed. */
  get bytes(): number {
    return this.indexes.reduce((all, { tables }) => tables.reduce((sum, { bytes }) => sum + bytes, all), 0);
  }

  manifest(now: Date): Record<string, unknown> {
    return {
      format: 'switchboard-tenant-export/1', tenant: encodeId('tnt', this.row.tenantId), requestedAt: this.row.requestedAt.toISOString(), assembledAt: now.toISOString(),
      notes: {
        lines: 'One JSON object a row. Numbers of 64 bits are text, bytes are base64, instants are UTC.',
        moments: 'All tables of one subgraph are of its takenAt; subgraphs are not of one moment.',
      },
      subgraphs: this.indexes.map(({ subgraph, schemaVersion, takenAt, tables, withheld }) => ({
        subgraph, schemaVersion, takenAt, withheld,
        tables: tables.map(({ table, rows, bytes, sha256, unreadable }) =>
          ({ table, rows, ...(rows > 0 ? { file: `${subgraph}/${tableFile(table)}`, bytes, sha256 } : {}), ...(unreadable > 0 ? { unreadable } : {}) })),
      })),
    };
  }

  /** The archive piece by piece, read from storage one file at a time. @param assembled is told how many bytes of tables are in it. @throws PartBroken */
  async* content(now: Date, assembled: (bytes: number) => Promise<void>): AsyncGenerator<Uint8Array> {
    const zip = new ZipFile();
    const output = zip.outputStream as Readable;
    zip.on('error', (error: Error) => output.destroy(error));
    let [open, done]: [Readable | null, number] = [null, 0];
    zip.addBuffer(Buffer.from(`${JSON.stringify(this.manifest(now), null, 2)}\n`), `${ROOT}/manifest.json`, { mtime: now });
    for (const source of this.#sources()) {
      zip.addReadStreamLazy(source.name, { mtime: now }, (taken) => {
        open = Readable.from(checked(this.storage, source, (bytes) => { done += bytes; }), { objectMode: false });
        open.on('error', (error) => output.destroy(error));
        taken(null, open);
      });
    }
    zip.end();
    try {
      for await (const piece of output) {
        yield piece as Uint8Array;
        await assembled(done);
      }
    } finally {
      (open as Readable | null)?.destroy();
    }
  }

  #sources(): Source[] {
    return this.indexes.flatMap(({ subgraph, tables }) => {
      const prefix = tenantExportFiles({ tenantId: this.row.tenantId, exportId: this.row.id }, subgraph, this.row.parts[subgraph]?.attempt);
      return tables.filter(({ rows }) => rows > 0).map(({ table, sha256 }) => (
        { subgraph, key: `${prefix}${tableFile(table)}`, name: `${ROOT}/${subgraph}/${tableFile(table)}`, sha256 }));
    });
  }
}

/** A file of a part, read to its end and found to be what was written. @throws PartBroken */
async function* checked(storage: StoragePort, { subgraph, key, name, sha256 }: Source, read: (bytes: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
  const file = await storage.get(key);
  if (!file) throw new PartBroken(subgraph, `${name} is not there`);
  const hash = createHash('sha256');
  for await (const piece of file.stream) {
    hash.update(piece as Uint8Array);
    read((piece as Uint8Array).byteLength);
    yield piece as Uint8Array;
  }
  if (hash.digest('hex') !== sha256) throw new PartBroken(subgraph, `${name} is not what was written`);
}
