// Which backups are let go, and which log with them: never one that a kept backup needs.
import { backupFolder, listBackups, type BackupManifest } from './manifest.js';
import type { Repository } from './repository.js';
import { parseLsn, parsePiece, startOf } from './wal.position.js';

export interface KeepRules {
  /** So many of the newest are kept, however old. */
  count: number;
  /** All younger than this are kept, days. */
  days: number;
}

export interface Pruned {
  /** Ids, oldest first. */
  backups: string[];
  /** Ids of attempts that nobody takes up again. */
  attempts: string[];
  /** Objects of the log. */
  log: string[];
  bytes: number;
}

const DAY_MS = 86_400_000;
/** An attempt may be taken up for a day. */
const ATTEMPT_MS = 2 * DAY_MS;

/** The time in a UUIDv7. */
const madeAt = (id: string): number => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

/** @param dryRun only says what would go */
export async function prune(repository: Repository, { count, days }: KeepRules, now: Date, dryRun: boolean): Promise<Pruned> {
  const { whole, unfinished, damaged } = await listBackups(repository);
  const newest = new Set(whole.slice(-Math.max(1, count)).map(({ id }) => id));
  const goes = ({ id, endedAt }: BackupManifest): boolean => !newest.has(id) && now.getTime() - Date.parse(endedAt) > days * DAY_MS;
  const kept = whole.filter((one) => !goes(one));
  const pruned: Pruned = {
    backups: whole.filter(goes).map(({ id }) => id), attempts: unfinished.filter((id) => now.getTime() - madeAt(id) > ATTEMPT_MS), log: [], bytes: 0,
  };
  // The manifest of a damaged one does not say what it needs: until somebody has looked at it, everything stays.
  const log = damaged.size > 0 ? [] : await unneededLog(repository, kept);
  pruned.log = log.map(({ key }) => key);
  pruned.bytes = log.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const id of [...pruned.backups, ...pruned.attempts]) {
    const files: string[] = [];
    for await (const { key, bytes } of repository.storage.list(backupFolder(id))) {
      files.push(key);
      pruned.bytes += bytes;
    }
    // The manifest first: what is half removed is no backup any more.
    const order = files.sort((one, other) => Number(other.endsWith('manifest.json')) - Number(one.endsWith('manifest.json')));
    if (!dryRun) for (const key of order) await repository.storage.remove(key);
  }
  if (!dryRun) for (const key of pruned.log) await repository.storage.remove(key);
  return pruned;
}

/** Log of before the position at which the first of the kept backups begins, whatever the timeline. Histories stay: they are small, and tell the way. */
async function unneededLog(repository: Repository, kept: readonly BackupManifest[]): Promise<{ key: string; bytes: number }[]> {
  const [oldest] = [...kept].sort((one, other) => (parseLsn(one.start) < parseLsn(other.start) ? -1 : 1));
  if (!oldest) return [];
  const { segmentBytes } = oldest.server;
  const from = parseLsn(oldest.start) - (parseLsn(oldest.start) % BigInt(segmentBytes));
  const unneeded: { key: string; bytes: number }[] = [];
  for await (const file of repository.storage.list('wal/')) {
    const piece = parsePiece(file.key);
    if (piece && startOf(piece.segment, segmentBytes) < from) unneeded.push(file);
  }
  return unneeded;
}
