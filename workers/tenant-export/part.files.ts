// The files of a part: one a table, with a line a row, and the index that tells of them.
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ClientBase } from 'pg';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import type { SealedColumn } from '../../subgraphs/kernel/crypto/sealed-column.js';
import { SealedReader } from '../../subgraphs/kernel/crypto/sealed-reader.js';
import { KERNEL_WITHHELD, exportedTables, tenantLines, type ExportRules, type ExportedRow, type SealedPlace } from '../../subgraphs/kernel/data/tenant-lines.js';
import { INDEX_FILE, exportIndex, tableFile, tenantExportFiles, type ExportIndex, type ExportOrder, type ExportPartAnswer } from '../../subgraphs/kernel/messaging/tenant-export.js';
import type { StoragePort } from '../../subgraphs/kernel/storage/storage.js';

type Attempt = Omit<ExportOrder, 'subgraphs'>;

/** Where a part is read, and where it is written. */
export interface PartSources {
  schema: string;
  /** The newest migration of the schema. */
  schemaVersion: string;
  rules: ExportRules;
  sealed: readonly SealedColumn[];
  storage: StoragePort;
  masterKey: MasterKeyPort;
}

/** What an earlier run of this attempt has said of it. The index is written last: where it is, the files are whole, and somebody may count on them as they are. */
async function writtenBefore(storage: StoragePort, key: string): Promise<ExportPartAnswer['part']> {
  const file = await storage.get(key);
  if (!file) return null;
  const bytes = await buffer(file.stream);
  return partOf(exportIndex.parse(JSON.parse(bytes.toString())), createHash('sha256').update(bytes).digest('hex'));
}

function partOf({ tables }: ExportIndex, indexSha256: string): NonNullable<ExportPartAnswer['part']> {
  const sum = (of: (table: ExportIndex['tables'][number]) => number): number => tables.reduce((all, table) => all + of(table), 0);
  return { files: tables.filter(({ rows }) => rows > 0).length, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes), indexSha256 };
}

/** Reads within the transaction of `client`. */
export async function writePart(client: ClientBase, { schema, schemaVersion, rules, sealed, storage, masterKey }: PartSources, attempt: Attempt): Promise<NonNullable<ExportPartAnswer['part']>> {
  const { tenantId } = attempt;
  const withheld = { ...KERNEL_WITHHELD, ...rules.withheld };
  const prefix = tenantExportFiles(attempt, schema, attempt.attempt);
  const before = await writtenBefore(storage, `${prefix}${INDEX_FILE}`);
  if (before) return before;
  const reader = await SealedReader.of(client, schema, masterKey, tenantId);
  const { rows: [moment] } = await client.query<{ now: Date }>('select now() as now');
  const tables: ExportIndex['tables'] = [];
  for (const table of await exportedTables(client, schema, withheld)) {
    const places = sealed.filter((one) => one.table === table && 'column' in one.tenant && one.tenant.column === 'tenant_id' && !Object.hasOwn(withheld, `${table}.${one.column}`));
    const counted = { rows: 0, unreadable: 0 };
    const rows = tenantLines(client, schema, { table, sealed: places }, withheld, tenantId);
    const first = await rows.next();
    // Nothing is no file: most tenants have no row in most tables.
    const file = first.done
      ? { bytes: 0, sha256: '' }
      : await storage.put(`${prefix}${tableFile(table)}`, lines({ first: first.value, rest: rows }, places, (place, sealedRow) => {
        const opened = sealedRow.value && reader.open({ tenantId, table, column: place.column, row: sealedRow.row }, sealedRow.value);
        if (sealedRow.value && opened === null) counted.unreadable += 1;
        return opened;
      }, () => { counted.rows += 1; }));
    tables.push({ table, ...counted, ...file });
  }
  const index: ExportIndex = { subgraph: schema, schemaVersion, takenAt: (moment?.now ?? new Date()).toISOString(), tables, withheld };
  const { sha256 } = await storage.put(`${prefix}${INDEX_FILE}`, whole(JSON.stringify(index)));
  return partOf(index, sha256);
}

async function* whole(text: string): AsyncGenerator<string> {
  yield text;
}

async function* lines(
  { first, rest }: { first: ExportedRow; rest: AsyncIterable<ExportedRow> }, places: readonly SealedPlace[],
  open: (place: SealedPlace, sealed: ExportedRow['sealed'][number]) => string | null, count: () => void,
): AsyncGenerator<string> {
  const written = ({ line, sealed }: ExportedRow): string => {
    count();
    const opened = sealed.map((one, place) => {
      const at = places[place] as SealedPlace;
      return `,${JSON.stringify(at.column)}:${JSON.stringify(open(at, one))}`;
    });
    return `${line.slice(0, -1)}${opened.join('')}}\n`;
  };
  yield written(first);
  for await (const row of rest) yield written(row);
}
