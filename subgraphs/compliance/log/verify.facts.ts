// What verification reads of a stream: each batch in a fixed number of statements, whatever its size.
import { keyChain, type PublicLogKey } from './key-chain.js';
import { rootAt, type Ask } from './proof.js';
import { tenantOf } from './stream.js';
import { DROPPED_DIGEST } from '../migrations/20261129-01-log.functions.js';
import { TILE_HASHES, split, type TileAddress } from './tile.js';
import { leafOf, sealedDetails, type EntryRow } from './verify.entry.js';

export interface StreamFacts {
  /** By position; more than one where somebody has added some. */
  rows: ReadonlyMap<number, EntryRow[]>;
  tiles: StoredTiles;
  /** By size. */
  checkpoints: ReadonlyMap<number, { root: Buffer; note: string }>;
  /** It is written down that retention has dropped the entry: see `retentionRecorded`. */
  dropped(position: number): boolean;
}

class StoredTiles {
  constructor(private readonly tiles: ReadonlyMap<string, Buffer[]>) {}

  leafOrNull(position: number): Buffer | null {
    return this.tiles.get(`0/${Math.floor(position / TILE_HASHES)}`)?.[position % TILE_HASHES] ?? null;
  }

  /** The first hashes of a tile. */
  hashes({ level, index }: TileAddress, count: number): Buffer[] | null {
    return this.tiles.get(`${level}/${index}`)?.slice(0, count) ?? null;
  }
}

const COLUMNS = `id, source, action, type, severity, outcome, occurred_at as "occurredAt", actor_kind as "actorKind", resource_type as "resourceType",
  correlation_id as "correlationId", actor_id as "actorId", resource_id as "resourceId", reason, ip, user_agent as "userAgent", before, after,
  position::float as position, previous, details_hash as "detailsHash", salt`;

export class LogFacts {
  /** The keys that are believed. */
  readonly keys: readonly PublicLogKey[];
  /** There is one that nobody has endorsed. */
  readonly stranger: boolean;
  #recorded: Promise<boolean> | null = null;

  constructor(readonly stream: string, listed: readonly PublicLogKey[], private readonly ask: Ask) {
    this.keys = keyChain(listed);
    this.stranger = this.keys.length < listed.length;
  }

  async batch(start: number, end: number): Promise<StreamFacts> {
    const rows = new Map<number, EntryRow[]>();
    for (const row of await this.#entries('position >= $2 and position < $3', [start, end])) rows.set(row.position, [...(rows.get(row.position) ?? []), row]);
    const levels = levelsOf(start, end);
    const tiles = await this.ask<{ level: number; index: string; hashes: Buffer }>(
      `select tile.level, tile.index, tile.hashes from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as wanted (level, low, high)
       join compliance.log_tile tile on tile.tenant_id = $1 and tile.level = wanted.level and tile.index between wanted.low and wanted.high`,
      [this.stream, levels.map(({ level }) => level), levels.map(({ low }) => low), levels.map(({ high }) => high)]);
    const checkpoints = await this.ask<{ size: number; root: Buffer; note: string }>(
      'select size::float as size, root, note from compliance.log_checkpoint where tenant_id = $1 and size > $2 and size <= $3', [this.stream, start, end]);
    const dropped = await this.ask<{ first: number; last: number }>(
      `select lower(part)::float as first, upper(part)::float as last from compliance.log_dropped, unnest(positions) as part
       where tenant_id = $1 and positions && int8multirange(int8range($2::bigint, $3::bigint))`, [this.stream, start, end]);
    return {
      rows, tiles: new StoredTiles(new Map(tiles.map(({ level, index, hashes }) => [`${level}/${index}`, split(hashes)]))),
      checkpoints: new Map(checkpoints.map((one) => [one.size, one])),
      dropped: (position) => dropped.some(({ first, last }) => position >= first && position < last),
    };
  }

  /**
   * Whether an entry of the log itself says what retention has dropped, all of it as it is written down, and none of it was younger than a year.
   * @throws while that entry may still be on its way into the log
   */
  retentionRecorded(): Promise<boolean> {
    return (this.#recorded ??= this.#retentionRecorded());
  }

  async #retentionRecorded(): Promise<boolean> {
    const [drops] = await this.ask<{ digest: string; aged: boolean; fresh: boolean }>(
      `select ${DROPPED_DIGEST} as digest, every((month + interval '13 months') at time zone 'UTC' <= dropped_at) as aged,
         max(dropped_at) between now() - interval '1 minute' and now() as fresh
       from compliance.log_dropped where tenant_id = $1`, [this.stream]);
    if (!drops?.aged) return false;
    const entries = await this.#entries(`action = 'audit.cleanup' and before ->> 'dropped' = $2`, [drops.digest]);
    for (const entry of entries) {
      const [tile] = await this.ask<{ hashes: Buffer }>('select hashes from compliance.log_tile where tenant_id = $1 and level = 0 and index = $2', [this.stream, Math.floor(entry.position / TILE_HASHES)]);
      const leaf = leafOf(this.stream, entry);
      if (leaf && tile && split(tile.hashes)[entry.position % TILE_HASHES]?.equals(leaf) && sealedDetails(entry)) return true;
    }
    if (drops.fresh) throw new Error('Retention has just dropped entries, and the entry that says so is not sealed yet.');
    return false;
  }

  rowsAt(position: number): Promise<EntryRow[]> {
    return this.#entries('position = $2', [position]);
  }

  async anyAfter(position: number): Promise<boolean> {
    return (await this.#entries('position > $2', [position], 'limit 1')).length > 0;
  }

  /** Where the tree has a leaf; null: nowhere. */
  async positionOf(leaf: Buffer): Promise<number | null> {
    const [tile] = await this.ask<{ index: number; hashes: Buffer }>(
      'select index::float as index, hashes from compliance.log_tile where tenant_id = $1 and level = 0 and position($2::bytea in hashes) > 0 limit 1', [this.stream, leaf]);
    const at = tile ? split(tile.hashes).findIndex((hash) => hash.equals(leaf)) : -1;
    return tile && at >= 0 ? tile.index * TILE_HASHES + at : null;
  }

  /** The stream's head, when the entry at this position is its last. */
  async headAt(position: number): Promise<Buffer | null> {
    const [stream] = await this.ask<{ head: Buffer | null }>('select head from compliance.log_stream where tenant_id = $1 and size = $2', [this.stream, position + 1]);
    return stream?.head ?? null;
  }

  /** Now: the stream's size, the largest that was signed, and an entry beyond it. */
  async end(): Promise<{ size: number; signed: number; beyond: { position: string; id: string } | null }> {
    const [end] = await this.ask<{ size: number; signed: number; beyond: { position: string; id: string } | null }>(
      `select stream.size::float as size, (select coalesce(max(size), 0)::float from compliance.log_checkpoint c where c.tenant_id = stream.tenant_id) as signed,
         (select json_build_object('position', e.position, 'id', e.id) from ${this.#table} e where ${this.#own('e.', 'stream.tenant_id')} e.position >= stream.size order by e.position limit 1) as beyond
       from compliance.log_stream stream where tenant_id = $1`, [this.stream]);
    return end ?? { size: 0, signed: 0, beyond: null };
  }

  /** Root of the stored tree at a size; null: it is not that large, or tiles are missing. */
  async rootAt(size: number): Promise<Buffer | null> {
    return rootAt(this.ask, this.stream, size).catch(() => null);
  }

  get #table(): string {
    return tenantOf(this.stream) === null ? 'compliance.platform_audit_event' : 'compliance.audit_event';
  }

  #own(prefix: string, tenant: string): string {
    return tenantOf(this.stream) === null ? '' : `${prefix}tenant_id = ${tenant} and`;
  }

  #entries(condition: string, values: (number | string)[], rest = ''): Promise<EntryRow[]> {
    // The platform's table has no column for the stream; the parameter stays, so that the others keep their numbers.
    const own = this.#own('', '$1') || '$1::uuid is not null and';
    return this.ask<EntryRow>(`select ${COLUMNS} from ${this.#table} where ${own} ${condition} order by position, id ${rest}`, [this.stream, ...values]);
  }
}

/** The tiles that entries from `start` up to `end` touch, by level. */
function levelsOf(start: number, end: number): { level: number; low: number; high: number }[] {
  const levels = [];
  for (let level = 0, width = TILE_HASHES; level === 0 || width / TILE_HASHES <= end; level += 1, width *= TILE_HASHES) {
    levels.push({ level, low: Math.floor(start / width), high: Math.floor((end - 1) / width) });
  }
  return levels;
}
