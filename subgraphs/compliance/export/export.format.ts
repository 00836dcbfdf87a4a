// The two ways an export is written. Written down for others in ops/docs/audit.md; read by ops/verify-audit.mjs.
import { stringify } from 'csv-stringify/sync';
import { guarded } from '../formula.js';
import type { ExportFormatName } from './export.entity.js';

/** What a file says of itself first. */
export interface ExportHeader {
  format: 'switchboard-audit-export/1';
  /** API id; null: the platform. */
  tenant: string | null;
  origin: string;
  filter: Record<string, unknown>;
  exportedAt: string;
  /** `tree`: the entries are all the checkpoint covers, and their root is its root. `paths`: each entry brings its inclusion path. */
  proofs: 'tree' | 'paths';
  /** Positions that retention has taken, from the first up to the second without it. Empty where a filter leaves out entries anyway. */
  dropped: [number, number][];
  /** The signed note; null: nothing was sealed yet. */
  checkpoint: string | null;
  keys: { id: string; publicKey: string; createdAt: string; endorsedBy: string | null; endorsement: string | null }[];
}

export interface ExportEntry {
  position: number;
  /** Canonical JSON of the entry. */
  entry: string;
  /** Canonical JSON of its details, and their salt in hexadecimal; null once erased. */
  details: string | null;
  salt: string | null;
  leafHash: string;
  /** Hashes in hexadecimal, from the leaf up; null in a file that proves by the whole tree. */
  proof: string[] | null;
}

export interface ExportFormat {
  extension: string;
  contentType: string;
  header(header: ExportHeader): string;
  entry(entry: ExportEntry): string;
  end(entries: number): string;
}

const quoted = (text: string | null): string => (text === null ? 'null' : JSON.stringify(text));

const jsonLines: ExportFormat = {
  extension: 'jsonl',
  contentType: 'application/x-ndjson; charset=utf-8',
  header: (header) => `${JSON.stringify(header)}\n`,
  // Canonical texts go in as they are: what is read back is what was hashed.
  entry: ({ position, entry, details, salt, leafHash, proof }) =>
    `{"position":${position},"entry":${entry},"details":${details ?? 'null'},"salt":${quoted(salt)},"leafHash":"${leafHash}"${proof ? `,"proof":${JSON.stringify(proof)}` : ''}}\n`,
  end: (entries) => `${JSON.stringify({ end: true, entries })}\n`,
};

/** For people: these repeat what `entry` and `details` say, and the verifier compares them. */
const OF_ENTRY = ['id', 'occurredAt', 'action', 'type', 'severity', 'outcome', 'actorKind', 'resourceType', 'correlationId', 'source'] as const;
const OF_DETAILS = ['actorId', 'resourceId', 'reason', 'ip', 'userAgent', 'before', 'after'] as const;
export const CSV_COLUMNS = ['position', ...OF_ENTRY, ...OF_DETAILS, 'leafHash', 'proof', 'salt', 'entry', 'details'];

const cell = (value: unknown): string => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value as string));
const record = (cells: readonly string[]): string => stringify([cells.map(guarded)], { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
/** A row that is no event: its JSON stands where an entry would. */
const statement = (value: unknown): string => record(CSV_COLUMNS.map((column) => (column === 'entry' ? JSON.stringify(value) : '')));

const csv: ExportFormat = {
  extension: 'csv',
  contentType: 'text/csv; charset=utf-8; header=present',
  header: (header) => record(CSV_COLUMNS) + statement(header),
  entry: ({ position, entry, details, salt, leafHash, proof }) => {
    const [frame, erasable] = [JSON.parse(entry) as Record<string, unknown>, (details === null ? {} : JSON.parse(details)) as Record<string, unknown>];
    return record([
      String(position), ...OF_ENTRY.map((column) => cell(frame[column])), ...OF_DETAILS.map((column) => cell(erasable[column])),
      leafHash, proof?.join(' ') ?? '', salt ?? '', entry, details ?? '',
    ]);
  },
  end: (entries) => statement({ end: true, entries }),
};

export const FORMATS: Readonly<Record<ExportFormatName, ExportFormat>> = { JSON_LINES: jsonLines, CSV: csv };
