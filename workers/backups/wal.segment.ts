// The segment of the log that is being filled: what is new of it becomes a piece every few seconds, and a whole one replaces its pieces.
import { listEverywhere } from './mirrored.storage.js';
import type { Repository } from './repository.js';
import { DamagedObject, MISSING, type ObjectKey } from './sealed.object.js';
import { coveredOf } from './wal.coverage.js';
import { parsePiece, pieceKey, segmentAt, startOf, timelineOf, type WalPiece } from './wal.position.js';

const SCOPE = 'wal';
/** A quiet server takes days to fill a segment: so many pieces become one. */
const MOST_PIECES = 24;

export class WalSegment {
  readonly name: string;
  readonly #start: bigint;
  readonly #bytes: Buffer;
  #filled = 0;
  #kept = 0;
  #at: Date;
  #pieces: WalPiece[] = [];
  /** Pieces that one of two places alone has: they are kept again, and go with the others. */
  #strays: WalPiece[] = [];

  private constructor(private readonly repository: Repository, private readonly key: ObjectKey, name: string, size: number, bytes: Buffer) {
    this.name = name;
    this.#start = startOf(name, size);
    this.#bytes = bytes;
    this.#at = new Date(0);
  }

  /** What was kept of it before is not kept again. @param lsn where it begins @param bytes to be filled, of the size of a segment */
  static async open(repository: Repository, key: ObjectKey, timeline: number, lsn: bigint, size: number, bytes: Buffer = Buffer.allocUnsafeSlow(size)): Promise<WalSegment> {
    const segment = new WalSegment(repository, key, segmentAt(timeline, lsn, size), size, bytes);
    const folder = `wal/${segment.name.slice(0, 8)}/`;
    const held = await listEverywhere(repository.storage, folder);
    for await (const file of repository.storage.list(folder)) {
      const piece = parsePiece(file.key);
      if (piece?.segment === segment.name) (held.has(file.key) ? segment.#pieces : segment.#strays).push(piece);
    }
    segment.#kept = coveredOf(segment.#pieces).end;
    return segment;
  }

  /** The first position that is not in it yet. */
  get end(): bigint {
    return this.#start + BigInt(this.#filled);
  }

  /** The first position that is not kept yet. */
  get kept(): bigint {
    return this.#start + BigInt(Math.min(this.#kept, this.#filled));
  }

  get isWhole(): boolean {
    return this.#filled === this.#bytes.length;
  }

  /** The one that follows, in the same memory. */
  next(): Promise<WalSegment> {
    return WalSegment.open(this.repository, this.key, timelineOf(this.name), this.end, this.#bytes.length, this.#bytes);
  }

  /** @returns how many of the bytes belong to it */
  add(lsn: bigint, bytes: Buffer, at: Date): number {
    if (lsn !== this.end) throw new Error(`The server went on at another place of segment ${this.name} than where it was.`);
    const taken = bytes.copy(this.#bytes, this.#filled);
    this.#filled += taken;
    this.#at = at;
    return taken;
  }

  /** Keeps what is new. */
  async keep(): Promise<void> {
    if (this.#filled <= this.#kept && !this.isWhole) return;
    if (this.isWhole || this.#pieces.length >= MOST_PIECES) return this.#keepAsOne();
    await this.#store(this.#kept, this.#filled);
  }

  async #keepAsOne(): Promise<void> {
    const end = this.#filled;
    if (!this.#pieces.some((piece) => piece.start === 0 && piece.end === end)) await this.#store(0, end);
    // After the whole: at every moment all of it is there.
    const [whole, parts] = [this.#pieces.filter((piece) => piece.start === 0 && piece.end === end), this.#pieces.filter((piece) => piece.end - piece.start < end)];
    for (const { key } of [...parts, ...this.#strays]) if (!whole.some((piece) => piece.key === key)) await this.repository.storage.remove(key);
    this.#pieces = whole;
    this.#strays = [];
  }

  async #store(start: number, end: number): Promise<void> {
    const piece = { segment: this.name, start, end, at: this.#at };
    const path = pieceKey(piece);
    // The server lets go of what we say to have: a store's word is not enough.
    await this.repository.confirm(await this.repository.put(this.key, { scope: SCOPE, path }, this.#bytes.subarray(start, end)));
    this.#pieces.push({ ...piece, key: path });
    this.#kept = end;
  }
}

/** The content of a piece. Whoever keeps the log makes one of several meanwhile: what has gone is read from the one that took its place. @throws DamagedObject */
export async function readPiece(repository: Repository, piece: WalPiece): Promise<Buffer> {
  const { key, start, end } = piece;
  try {
    return await repository.get({ scope: SCOPE, path: key }, end - start);
  } catch (error) {
    const larger = error instanceof DamagedObject && error.what === MISSING ? await largerThan(repository, piece) : null;
    if (!larger) throw error;
    return (await readPiece(repository, larger)).subarray(start - larger.start, end - larger.start);
  }
}

async function largerThan(repository: Repository, { segment, start, end }: WalPiece): Promise<WalPiece | null> {
  for await (const { key } of repository.storage.list(`wal/${segment.slice(0, 8)}/`)) {
    const other = parsePiece(key);
    if (other?.segment === segment && other.start <= start && other.end >= end && other.end - other.start > end - start) return other;
  }
  return null;
}
