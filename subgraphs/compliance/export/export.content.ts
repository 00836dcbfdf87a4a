// What is in the file of an export, piece by piece: entries in the order of the log, each with what proves it.
import { sql } from 'kysely';
import { encodeId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { conditionsOf, type AuditCriteria } from '../audit/audit.criteria.js';
import { canonicalJson, entryText, leafHash } from '../log/entry.js';
import { publicKeys } from '../log/log-key.service.js';
import { askIn, readTiles } from '../log/proof.js';
import { originOf, tenantOf } from '../log/stream.js';
import { inclusionRanges, type Range } from '../log/tree.js';
import { db, type ComplianceTables } from '../tables.js';
import type { Selectable } from 'kysely';
import type { ExportEntry, ExportHeader } from './export.format.js';

/** Places of the log that are read at once: the memory an export takes. */
export const WINDOW = 1_000;

/** What an export is a picture of. */
export interface ExportPicture {
  stream: string;
  filter: Record<string, unknown>;
  criteria: AuditCriteria;
  /** Signed; null: nothing was sealed. */
  checkpoint: { size: number; note: string } | null;
}

type Row = Selectable<ComplianceTables['PlatformAuditEvent']>;

/** The stored conditions, with their instants. */
export function criteriaFrom(filter: Record<string, unknown>): AuditCriteria {
  const none: AuditCriteria = {
    type: null, types: null, severities: null, outcome: null, action: null, actionPrefix: null, actorId: null, resourceType: null, resourceId: null,
    correlationId: null, text: null, from: null, to: null,
  };
  const instant = (text: unknown): Date | null => (typeof text === 'string' ? new Date(text) : null);
  return { ...none, ...filter as Partial<AuditCriteria>, from: instant(filter['from']), to: instant(filter['to']) };
}

export async function headerOf(tx: Tx, { stream, filter, checkpoint }: ExportPicture, now: Date): Promise<ExportHeader> {
  const tenant = tenantOf(stream);
  const key = (uuid: string): string => encodeId('akey', uuid);
  const all = isAll(filter);
  // Without a filter, what is not there must have gone by retention, and the file says which that is.
  const dropped = all && checkpoint ? await droppedOf(tx, stream, checkpoint.size) : [];
  return {
    format: 'switchboard-audit-export/1', tenant: tenant === null ? null : encodeId('tnt', tenant), origin: originOf(stream), filter,
    exportedAt: now.toISOString(), proofs: all && dropped.length === 0 ? 'tree' : 'paths', dropped, checkpoint: checkpoint?.note ?? null,
    keys: (await publicKeys(tx)).map(({ id, publicKey, createdAt, endorsedBy, endorsement }) => ({
      id: key(id), publicKey: publicKey.toString('base64'), createdAt: createdAt.toISOString(), endorsedBy: endorsedBy && key(endorsedBy), endorsement,
    })),
  };
}

const isAll = (filter: Record<string, unknown>): boolean => Object.keys(filter).length === 0;

/** Positions below `size` that retention has dropped, as ranges without their ends. */
async function droppedOf(tx: Tx, stream: string, size: number): Promise<[number, number][]> {
  const { rows } = await sql<{ first: number; end: number }>`select lower(part)::float as first, upper(part)::float as end from unnest(
    (select range_agg(positions) from compliance.log_dropped where tenant_id = ${stream}::uuid) * int8multirange(int8range(0, ${size}::bigint))) as part order by 1`
    .execute(tx.getKysely());
  return rows.map(({ first, end }) => [first, end]);
}

/** The entries of the log from `start` up to `start + WINDOW` that the export is to hold. @throws when one is missing that nobody has dropped */
export async function windowOf(tx: Tx, { stream, filter, criteria, checkpoint }: ExportPicture, start: number, { proofs, dropped }: ExportHeader): Promise<ExportEntry[]> {
  const size = checkpoint?.size ?? 0;
  const end = Math.min(start + WINDOW, size);
  const rows = await rowsOf(tx, stream).where('position', '>=', String(start)).where('position', '<', String(end))
    .where((on) => on.and(conditionsOf(criteria, tenantOf(stream)))).orderBy('position').execute();
  const positions = rows.map(({ position }) => Number(position));
  if (isAll(filter)) {
    let place = 0;
    for (let position = start; position < end; position += 1) {
      const gone = dropped.some(([first, last]) => position >= first && position < last);
      if (positions[place] === position && !gone) place += 1;
      else if (!gone) throw new Error(`Entry ${position} of ${originOf(stream)} is missing, and retention has not dropped it.`);
    }
    if (place !== rows.length) throw new Error(`Of the entries ${start} to ${end - 1} of ${originOf(stream)} some are there twice, or after retention has dropped them.`);
  }
  const proofOf = proofs === 'tree' ? () => null : await pathsOf(tx, stream, positions, size);
  return rows.map((row) => entryOf(stream, row, proofOf(Number(row.position))));
}

const rowsOf = (tx: Tx, stream: string) => (tenantOf(stream) === null
  ? db(tx).selectFrom('PlatformAuditEvent').selectAll()
  // The policy holds to the tenant; the planner is to know it too.
  : db(tx).selectFrom('AuditEvent').selectAll().where(sql<boolean>`tenant_id = ${stream}::uuid`) as never);

function entryOf(stream: string, row: Row, proof: string[] | null): ExportEntry {
  const { actorId, resourceId, reason, ip, userAgent, before, after } = row;
  const entry = entryText(tenantOf(stream), row, { previous: row.previous && Buffer.from(row.previous), detailsHash: Buffer.from(row.detailsHash) });
  return {
    position: Number(row.position), entry, leafHash: leafHash(entry).toString('hex'), proof,
    details: row.salt === null ? null : canonicalJson({ actorId, resourceId, reason, ip, userAgent, before, after }),
    salt: row.salt === null ? null : Buffer.from(row.salt).toString('hex'),
  };
}

/** The inclusion paths of these places: one statement for all, and each node they share computed once. */
async function pathsOf(tx: Tx, stream: string, positions: readonly number[], size: number): Promise<(position: number) => string[]> {
  const tiles = await readTiles(askIn(tx), stream, positions.flatMap((position) => inclusionRanges(position, size)));
  const known = new Map<string, string>();
  const root = (range: Range): string => {
    const name = `${range.start}-${range.end}`;
    const hash = known.get(name) ?? tiles.root(range).toString('hex');
    known.set(name, hash);
    return hash;
  };
  return (position) => inclusionRanges(position, size).map(root);
}
