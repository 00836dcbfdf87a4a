// Roots and proofs of a stream at any size, from its stored tiles: one statement each.
import { CompiledQuery } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Tx } from '../../kernel/data/database.js';
import { Tiles, tilesOf } from './tile.js';
import { consistencyRanges, inclusionRanges, type Range } from './tree.js';

/** Rows of a statement, whoever runs it. */
export type Ask = <Row>(sql: string, values: readonly unknown[]) => Promise<Row[]>;

export const askIn = (tx: Tx): Ask => async <Row>(sql: string, values: readonly unknown[]) => (await tx.getKysely().executeQuery(CompiledQuery.raw(sql, [...values]))).rows as Row[];
export const askOf = (pool: Pool | PoolClient): Ask => async <Row>(sql: string, values: readonly unknown[]) => (await pool.query(sql, [...values])).rows as Row[];

const TILES = `select level, index, hashes from compliance.log_tile
  where tenant_id = $1::uuid and (level, index) in (select * from unnest($2::smallint[], $3::bigint[]))`;

/** The tiles that the roots of these ranges are made of. */
export async function readTiles(ask: Ask, stream: string, ranges: readonly Range[]): Promise<Tiles> {
  const wanted = tilesOf(ranges);
  if (wanted.length === 0) return new Tiles([]);
  const rows = await ask<{ level: number; index: string; hashes: Buffer }>(TILES, [stream, wanted.map(({ level }) => level), wanted.map(({ index }) => index)]);
  return new Tiles(rows.map((row) => ({ ...row, index: Number(row.index) })));
}

/** Root of the tree of the first `size` entries. @throws when a tile is missing */
export async function rootAt(ask: Ask, stream: string, size: number): Promise<Buffer> {
  const whole = { start: 0, end: size };
  return (await readTiles(ask, stream, [whole])).root(whole);
}

export interface Inclusion {
  leaf: Buffer;
  /** Leaf hash of the entry before; null for the first. */
  previous: Buffer | null;
  /** RFC 6962, 2.1.1: from the leaf up. */
  path: Buffer[];
}

/** Proof that the entry at `position` is in the tree of `size` entries. @throws RangeError, or when a tile is missing */
export async function inclusionProof(ask: Ask, stream: string, position: number, size: number): Promise<Inclusion> {
  const ranges = inclusionRanges(position, size);
  const first = Math.max(0, position - 1);
  const tiles = await readTiles(ask, stream, [...ranges, { start: first, end: first + 1 }, { start: position, end: position + 1 }]);
  return { leaf: tiles.leaf(position), previous: position === 0 ? null : tiles.leaf(first), path: ranges.map((range) => tiles.root(range)) };
}

/** Proof that the tree of `to` entries continues that of `from` (RFC 6962, 2.1.2). @throws RangeError, or when a tile is missing */
export async function consistencyProof(ask: Ask, stream: string, from: number, to: number): Promise<Buffer[]> {
  const ranges = consistencyRanges(from, to);
  const tiles = await readTiles(ask, stream, ranges);
  return ranges.map((range) => tiles.root(range));
}
