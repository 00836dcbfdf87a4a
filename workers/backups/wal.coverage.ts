// How far the kept log reaches without a gap: told by the names of its pieces alone.
import { BackupError } from './backup.error.js';
import type { Repository } from './repository.js';
import { historyKey, parseLsn, parsePiece, segmentAt, startOf, timelineOf, type WalPiece } from './wal.position.js';

export interface WalGap {
  segment: string;
  text: string;
}

export interface WalCoverage {
  /** The pieces that cover it, in order. */
  pieces: WalPiece[];
  /** The first position that is not covered. */
  end: bigint;
  timeline: number;
  /** The server's clock at the last byte; null: there is none. */
  endAt: Date | null;
  /** The log goes on after the end: what is between is missing. */
  gap: WalGap | null;
}

/** A stretch of a timeline: up to `end`, where the next one leaves it; the last has none. */
export interface TimelineStep {
  timeline: number;
  end: bigint | null;
}

export type WalIndex = ReadonlyMap<string, WalPiece[]>;

/** Every piece there is, by segment. */
export async function walIndex(repository: Repository): Promise<WalIndex> {
  const found = new Map<string, WalPiece[]>();
  for await (const { key } of repository.storage.list('wal/')) {
    const piece = parsePiece(key);
    if (piece) found.set(piece.segment, [...(found.get(piece.segment) ?? []), piece]);
  }
  return found;
}

/** The pieces of one segment that cover it from its beginning as far as may be, none more than needed. */
export function coveredOf(pieces: readonly WalPiece[]): { used: WalPiece[]; end: number } {
  const used: WalPiece[] = [];
  let end = 0;
  for (;;) {
    const next = pieces.filter((piece) => piece.start <= end && piece.end > end).sort((one, other) => other.end - one.end)[0];
    if (!next) return { used, end };
    used.push(next);
    end = next.end;
  }
}

/** Follows the log from `start`, over the timelines of `path`. */
export function coverageFrom(index: WalIndex, start: bigint, path: readonly TimelineStep[], segmentBytes: number): WalCoverage {
  const size = BigInt(segmentBytes);
  const coverage: WalCoverage = { pieces: [], end: start, timeline: path[0]?.timeline ?? 1, endAt: null, gap: null };
  let at = start - (start % size);
  for (const [step, { timeline, end: leaves }] of path.entries()) {
    for (; leaves === null || at < leaves; at += size) {
      const segment = segmentAt(timeline, at, segmentBytes);
      // The segment in which a timeline begins has the end of the one before it too.
      if (leaves !== null && at + size > leaves && path[step + 1] && index.has(segmentAt(path[step + 1]!.timeline, at, segmentBytes))) break;
      const { used, end } = coveredOf(index.get(segment) ?? []);
      const reached = at + BigInt(end);
      if (reached > coverage.end) Object.assign(coverage, { end: reached, timeline, endAt: used.at(-1)?.at ?? coverage.endAt });
      coverage.pieces.push(...used);
      if (end === segmentBytes || (leaves !== null && reached >= leaves)) continue;
      const later = [...index.keys()].some((name) => path.slice(step).some((one) => one.timeline === timelineOf(name)) && startOf(name, segmentBytes) > at);
      if (later) coverage.gap = { segment, text: `the log is missing from byte ${end} of segment ${segment.toUpperCase()} on, and there is more of it later` };
      return coverage;
    }
  }
  return coverage;
}

/** The way from a backup's timeline to `target`, as the history of that one tells it. @throws BackupError when it does not come by */
export async function timelinePath(repository: Repository, from: number, target: number): Promise<TimelineStep[]> {
  if (from === target) return [{ timeline: from, end: null }];
  const text = await readHistory(repository, target);
  const steps = text.split('\n').flatMap((line): TimelineStep[] => {
    const [, timeline, end] = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/i.exec(line) ?? [];
    return timeline && end ? [{ timeline: Number(timeline), end: parseLsn(end) }] : [];
  });
  const begin = steps.findIndex(({ timeline }) => timeline === from);
  if (begin < 0) throw new BackupError(`Timeline ${target} does not go on from timeline ${from}: choose a backup of its own line.`);
  return [...steps.slice(begin), { timeline: target, end: null }];
}

const HISTORY_BYTES = 1024 * 1024;

export const readHistory = async (repository: Repository, timeline: number): Promise<string> =>
  (await repository.get({ scope: 'wal', path: historyKey(timeline) }, HISTORY_BYTES)).toString('utf8');

/** Timelines of which the log or the history is kept, in order. */
export async function knownTimelines(repository: Repository): Promise<{ timeline: number; hasHistory: boolean }[]> {
  const known = new Map<number, boolean>();
  for await (const { key } of repository.storage.list('wal/')) {
    const [, folder = '', name = ''] = key.split('/');
    if (!/^[0-9a-f]{8}$/.test(folder)) continue;
    const timeline = parseInt(folder, 16);
    known.set(timeline, known.get(timeline) === true || name === 'history');
  }
  return [...known].map(([timeline, hasHistory]) => ({ timeline, hasHistory })).sort((one, other) => one.timeline - other.timeline);
}
