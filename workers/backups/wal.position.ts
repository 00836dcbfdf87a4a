// Places in the write-ahead log: as PostgreSQL writes them, as the names of its segments, and as the keys of the objects that hold pieces of those.

/** The upper half of a position names a file of four gigabytes. */
const FILE = 1n << 32n;
const HEX8 = '[0-9a-f]{8}';
const PIECE = new RegExp(`^wal/(${HEX8})/(${HEX8}${HEX8}${HEX8})\\.(${HEX8})-(${HEX8})\\.([0-9a-f]{12})$`);

const hex = (value: bigint | number, digits: number): string => value.toString(16).padStart(digits, '0');

/** @throws when it is not one like `0/16B3748` */
export function parseLsn(text: string): bigint {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text) ?? [];
  if (high === undefined || low === undefined) throw new Error(`${JSON.stringify(text)} is no position in the write-ahead log.`);
  return BigInt(`0x${high}`) * FILE + BigInt(`0x${low}`);
}

export const formatLsn = (lsn: bigint): string => `${(lsn / FILE).toString(16)}/${(lsn % FILE).toString(16)}`.toUpperCase();

/** The segment that a position lies in, as PostgreSQL names the file, in small letters. */
export function segmentAt(timeline: number, lsn: bigint, segmentBytes: number): string {
  return hex(timeline, 8) + hex(lsn / FILE, 8) + hex((lsn % FILE) / BigInt(segmentBytes), 8);
}

export const timelineOf = (segment: string): number => parseInt(segment.slice(0, 8), 16);

/** Where a segment begins. */
export const startOf = (segment: string, segmentBytes: number): bigint =>
  BigInt(`0x${segment.slice(8, 16)}`) * FILE + BigInt(`0x${segment.slice(16)}`) * BigInt(segmentBytes);

/** Some bytes of a segment that are kept as one object; a whole segment is one piece. */
export interface WalPiece {
  key: string;
  segment: string;
  /** Offsets in the segment; the second is that of the first byte after it. */
  start: number;
  end: number;
  /** The server's clock when it sent the last of them: whatever they commit was committed by then. */
  at: Date;
}

export function pieceKey({ segment, start, end, at }: Omit<WalPiece, 'key'>): string {
  return `wal/${segment.slice(0, 8)}/${segment}.${hex(start, 8)}-${hex(end, 8)}.${hex(at.getTime(), 12)}`;
}

/** Null: the key is of something else. */
export function parsePiece(key: string): WalPiece | null {
  const [, timeline, segment, start, end, at] = PIECE.exec(key) ?? [];
  if (!timeline || !segment?.startsWith(timeline) || !start || !end || !at) return null;
  return { key, segment, start: parseInt(start, 16), end: parseInt(end, 16), at: new Date(parseInt(at, 16)) };
}

export const historyKey = (timeline: number): string => `wal/${hex(timeline, 8)}/history`;
