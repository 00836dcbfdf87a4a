// Which backups are let go, and which log with them: never one that a kept backup needs.
import { customerFilesOf } from './customer.files.js';
import { backupFolder, listBackups, type BackupManifest } from './manifest.js';
import { keyPath, type Repository } from './repository.js';
import { leading } from './restore.plan.js';
import { FILES } from './stored.files.js';
import { walIndex } from './wal.coverage.js';
import { parseLsn, parsePiece, startOf } from './wal.position.js';

export interface KeepRules {
  /** So many of the newest are kept, however old, and the one that leads to the server as it is now. */
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
  /** Pieces of customers' files that no kept backup has. */
  pieces: number;
  bytes: number;
}

export interface PruneOptions {
  rules: KeepRules;
  now: Date;
  /** Only says what would go. */
  dryRun: boolean;
  /** The caller holds the lock of backups: nobody is storing files of which no backup tells yet. Without it they stay. */
  alone: boolean;
}

const DAY_MS = 86_400_000;
/** An attempt may be taken up for a day. */
const ATTEMPT_MS = 2 * DAY_MS;

/** The time in a UUIDv7. */
const madeAt = (id: string): number => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

export async function prune(repository: Repository, { rules: { count, days }, now, dryRun, alone }: PruneOptions): Promise<Pruned> {
  const { whole, unfinished, damaged } = await listBackups(repository);
  const newest = new Set([...whole.slice(-Math.max(1, count)), await leading(repository, whole, await walIndex(repository))].map((one) => one?.id));
  const goes = ({ id, endedAt }: BackupManifest): boolean => !newest.has(id) && now.getTime() - Date.parse(endedAt) > days * DAY_MS;
  const kept = whole.filter((one) => !goes(one));
  const gone = whole.filter(goes);
  const pruned: Pruned = { backups: gone.map(({ id }) => id), attempts: unfinished.filter((id) => now.getTime() - madeAt(id) > ATTEMPT_MS), log: [], pieces: 0, bytes: 0 };
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
  // After everything that it has sealed.
  if (!dryRun) for (const { key } of gone) await repository.storage.remove(keyPath(key));
  if (!dryRun) for (const key of pruned.log) await repository.storage.remove(key);
  // An attempt that may be taken up has pieces of which no index tells.
  if (alone && damaged.size === 0 && unfinished.length === pruned.attempts.length) {
    for await (const { key, bytes } of unneededPieces(repository, kept)) {
      pruned.pieces += 1;
      pruned.bytes += bytes;
      if (!dryRun) await repository.storage.remove(key);
    }
  }
  return pruned;
}

/** Beyond this the pieces are looked at in sixteen rounds, so that their names fit into memory. */
const NAMES = 500_000;

async function* unneededPieces(repository: Repository, kept: readonly BackupManifest[]): AsyncGenerator<{ key: string; bytes: number }> {
  const digits = [...'0123456789abcdef'];
  const files = Math.max(0, ...kept.map(({ customerFiles }) => customerFiles?.files ?? 0));
  for (const round of files > NAMES ? digits.map((digit) => [digit]) : [digits]) {
    const needed = new Set<string>();
    for (const backup of kept) for await (const { pieces } of customerFilesOf(repository, backup)) for (const name of pieces) if (round.includes(name[0] ?? '')) needed.add(name);
    for (const first of round) {
      for (const second of digits) {
        for await (const file of repository.storage.list(`${FILES}${first}${second}/`)) if (!needed.has(file.key.slice(FILES.length))) yield file;
      }
    }
  }
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
