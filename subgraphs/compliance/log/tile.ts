// The tree in tiles of 64 hashes: level 0 holds leaves, each level above the roots of the complete tiles below. Pure.
import { completeRoot, nodesOf, rootOver, type Node, type Range } from './tree.js';

const HEIGHT = 6;
export const TILE_HASHES = 2 ** HEIGHT;
export const HASH_BYTES = 32;

export interface TileAddress {
  level: number;
  index: number;
}

export interface Tile extends TileAddress {
  hashes: readonly Buffer[];
}

const nameOf = ({ level, index }: TileAddress): string => `${level}/${index}`;

/** Tiles that were read, by address. */
export class Tiles {
  readonly #tiles = new Map<string, Buffer>();

  constructor(rows: readonly (TileAddress & { hashes: Buffer })[]) {
    for (const row of rows) this.#tiles.set(nameOf(row), row.hashes);
  }

  /** Root of a range. @throws when a tile of it is missing or too short */
  root(range: Range): Buffer {
    return rootOver(nodesOf(range).map((node) => this.#node(node)));
  }

  leaf(position: number): Buffer {
    return this.#node({ height: 0, index: position });
  }

  #node(node: Node): Buffer {
    const { level, index, offset, count } = placeOf(node);
    const hashes = this.#tiles.get(nameOf({ level, index }));
    if (!hashes || hashes.length < (offset + count) * HASH_BYTES) throw new Error(`The tile ${nameOf({ level, index })} of the log is missing or too short.`);
    return completeRoot(split(hashes.subarray(offset * HASH_BYTES, (offset + count) * HASH_BYTES)));
  }
}

export function split(hashes: Buffer): Buffer[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_none, at) => hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

function placeOf({ height, index }: Node): TileAddress & { offset: number; count: number } {
  const level = Math.floor(height / HEIGHT);
  const count = 2 ** (height % HEIGHT);
  const first = index * count;
  return { level, index: Math.floor(first / TILE_HASHES), offset: first % TILE_HASHES, count };
}

/** The tiles that the roots of these ranges are made of, each once. */
export function tilesOf(ranges: readonly Range[]): TileAddress[] {
  const found = new Map<string, TileAddress>();
  for (const node of ranges.flatMap(nodesOf)) {
    const { level, index } = placeOf(node);
    found.set(nameOf({ level, index }), { level, index });
  }
  return [...found.values()];
}

/** The incomplete tile of each level, at the right edge of a tree of `size` leaves. */
export function edgeOf(size: number): TileAddress[] {
  const edge: TileAddress[] = [];
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_HASHES)) {
    if (count % TILE_HASHES > 0) edge.push({ level, index: Math.floor(count / TILE_HASHES) });
  }
  return edge;
}

/** A tree that grows at its right edge and holds no more than that edge. */
export class GrowingTree {
  #size = 0;
  /** By level: the hashes of the incomplete tile. */
  readonly #edge: Buffer[][] = [];
  #complete: Tile[] = [];
  readonly #touched = new Set<number>();

  /** @param tiles the edge, as `edgeOf(size)` names it. @throws when it is not whole */
  static at(size: number, tiles: readonly (TileAddress & { hashes: Buffer })[]): GrowingTree {
    const tree = new GrowingTree();
    tree.#size = size;
    for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / TILE_HASHES)) {
      const [wanted, index] = [count % TILE_HASHES, Math.floor(count / TILE_HASHES)];
      const tile = tiles.find((one) => one.level === level && one.index === index);
      if (wanted > 0 && tile?.hashes.length !== wanted * HASH_BYTES) throw new Error(`The tile ${level}/${index} does not hold the ${wanted} hashes of a log of ${size} entries.`);
      tree.#edge[level] = wanted > 0 && tile ? split(tile.hashes) : [];
    }
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Buffer): void {
    let hash = leaf;
    this.#size += 1;
    for (let level = 0, count = this.#size; ; level += 1, count /= TILE_HASHES) {
      const tile = (this.#edge[level] ??= []);
      tile.push(hash);
      if (tile.length < TILE_HASHES) {
        this.#touched.add(level);
        return;
      }
      this.#complete.push({ level, index: count / TILE_HASHES - 1, hashes: tile });
      this.#edge[level] = [];
      this.#touched.delete(level);
      hash = completeRoot(tile);
    }
  }

  /** The tiles that have changed since the last time, each as it is now. */
  takeChanged(): Tile[] {
    const edge = [...this.#touched].map((level): Tile => (
      { level, index: Math.floor(this.#size / TILE_HASHES ** (level + 1)), hashes: [...(this.#edge[level] ?? [])] }));
    const changed = [...this.#complete, ...edge];
    this.#complete = [];
    this.#touched.clear();
    return changed;
  }

  /** The edge, for a later `GrowingTree.at`. */
  edge(): (TileAddress & { hashes: Buffer })[] {
    return edgeOf(this.#size).map((address) => ({ ...address, hashes: Buffer.concat(this.#edge[address.level] ?? []) }));
  }

  root(): Buffer {
    const peaks = this.#edge.toReversed().flatMap((hashes) => nodesOf({ start: 0, end: hashes.length })
      .map(({ height, index }) => completeRoot(hashes.slice(index * 2 ** height, (index + 1) * 2 ** height))));
    return rootOver(peaks);
  }
}
