// What a restore would do: which backup, which log, up to where; or why it cannot be done, in one sentence, before anything is touched.
import { BackupError } from './backup.error.js';
import { listBackups, type BackupManifest } from './manifest.js';
import { readPoint } from './restore.point.js';
import type { Repository } from './repository.js';
import { coverageFrom, knownTimelines, timelinePath, walIndex, type WalCoverage, type WalIndex } from './wal.coverage.js';
import { parseLsn, startOf, timelineOf, type WalPiece } from './wal.position.js';

export type RestoreTarget = { kind: 'latest' } | { kind: 'time'; time: Date } | { kind: 'point'; name: string };

export interface PlanOptions {
  target: RestoreTarget;
  /** Id of a backup; null: the newest that will do. */
  backup: string | null;
  now: Date;
  /** Names of the migrations that this version knows, by subgraph; null: it does not matter. */
  knows: Record<string, readonly string[]> | null;
}

export interface RestorePlan {
  manifest: BackupManifest;
  target: RestoreTarget;
  timeline: number;
  /** The log that is put beside the files. */
  pieces: WalPiece[];
  /** The latest moment there is. */
  latest: Date;
  /** What is to be read, in bytes of content. */
  bytes: number;
}

/** What was written just before a moment may have been sent a little after it. */
const LATE_MS = 10_000;

/** @throws BackupError DamagedObject */
export async function planRestore(repository: Repository, { target, backup, now, knows }: PlanOptions): Promise<RestorePlan> {
  if (target.kind === 'time' && target.time > now) throw new BackupError(`The time ${target.time.toISOString()} is in the future: nothing is known of it.`);
  const point = target.kind === 'point' ? await readPoint(repository, target.name) : null;
  const until = target.kind === 'time' ? target.time : point ? new Date(point.at) : null;
  const index = await walIndex(repository);
  const manifest = await chosen(repository, backup, until, index);
  if (knows) assertKnown(manifest, knows);
  const { coverage, timeline } = await line(repository, manifest, index);
  const latest = coverage.endAt;
  if (!latest || coverage.end < parseLsn(manifest.stop)) throw new BackupError(`The backup ${manifest.id} cannot be restored: ${coverage.gap?.text ?? 'the log that belongs to it is not whole'}.`);
  if (until && until > latest && (target.kind === 'time' || (point && parseLsn(point.lsn) > coverage.end))) {
    throw new BackupError(`The latest moment that can be restored is ${latest.toISOString()}${coverage.gap ? `: ${coverage.gap.text}` : ''}.`);
  }
  const pieces = target.kind === 'time' ? upTo(coverage, target.time, parseLsn(manifest.stop), manifest.server.segmentBytes) : coverage.pieces;
  return { manifest, target, timeline, pieces, latest, bytes: manifest.content + pieces.reduce((sum, { start, end }) => sum + end - start, 0) };
}

async function chosen(repository: Repository, id: string | null, until: Date | null, index: WalIndex): Promise<BackupManifest> {
  const { whole, damaged } = await listBackups(repository);
  if (id !== null) {
    const found = whole.find((one) => one.id === id);
    if (!found) throw new BackupError(damaged.get(id) ?? `There is no backup ${id}.`);
    if (until && new Date(found.endedAt) > until) throw new BackupError(`The backup ${id} ended at ${found.endedAt}, which is later than ${until.toISOString()}: choose an earlier one.`);
    return found;
  }
  const found = await leading(repository, whole.filter(({ endedAt }) => !until || new Date(endedAt) <= until), index);
  if (found) return found;
  const [why] = damaged.values();
  if (whole.length === 0) throw new BackupError(why ?? 'There is no backup yet.');
  throw new BackupError(`The time ${until?.toISOString() ?? ''} is before the first backup, which ended at ${whole[0]?.endedAt ?? ''}.`);
}

function assertKnown({ id, schemas }: BackupManifest, knows: Record<string, readonly string[]>): void {
  for (const [schema, newest] of Object.entries(schemas)) {
    if (newest !== '' && !knows[schema]?.includes(newest)) throw new BackupError(`The backup ${id} is of a newer version of the product (${schema} is at ${newest}): restore it with that version.`);
  }
}

/**
 * The newest backup from which the log leads to the server as it is: those of a stretch that a restore left behind do not, though they may be newer.
 * @param backups the newest last @returns the newest of all where none does; undefined: there is none
 */
export async function leading(repository: Repository, backups: readonly BackupManifest[], index: WalIndex): Promise<BackupManifest | undefined> {
  const current = currentTimeline(index);
  for (const backup of backups.toReversed()) {
    if (current === null || backup.server.timeline === current) return backup;
    const { timeline } = await line(repository, backup, index).catch((error: unknown) => {
      if (error instanceof BackupError) return { timeline: 0 };
      throw error;
    });
    if (timeline === current) return backup;
  }
  return backups.at(-1);
}

/** That of which log came last: a restore begins another one, and who goes back to what was there goes on along the one before. */
function currentTimeline(index: WalIndex): number | null {
  let newest: WalPiece | null = null;
  for (const pieces of index.values()) for (const piece of pieces) if (!newest || piece.at > newest.at) newest = piece;
  return newest && timelineOf(newest.segment);
}

/** Along the current timeline when it comes from the backup's, else along the newest that does. */
export async function line(repository: Repository, manifest: BackupManifest, index: WalIndex): Promise<{ coverage: WalCoverage; timeline: number }> {
  const { timeline: from, segmentBytes } = manifest.server;
  const later = (await knownTimelines(repository)).filter(({ timeline, hasHistory }) => timeline > from && hasHistory).map(({ timeline }) => timeline).reverse();
  const current = currentTimeline(index);
  for (const timeline of [...[...later, from].filter((one) => one === current), ...later, from]) {
    const path = await timelinePath(repository, from, timeline).catch((error: unknown) => {
      if (error instanceof BackupError) return null;
      throw error;
    });
    // One that left before the backup ended knows nothing of it.
    if (!path || (path.length > 1 && (path[0]?.end ?? 0n) < parseLsn(manifest.stop))) continue;
    const coverage = coverageFrom(index, parseLsn(manifest.start), path, segmentBytes);
    if (timeline === from || coverage.timeline === timeline) return { coverage, timeline };
  }
  throw new BackupError(`The log of timeline ${from} is not there.`);
}

function upTo({ pieces }: WalCoverage, time: Date, stop: bigint, segmentBytes: number): WalPiece[] {
  const needed = pieces.findIndex(({ at, segment }) => at.getTime() > time.getTime() + LATE_MS && startOf(segment, segmentBytes) > stop);
  return needed < 0 ? pieces : pieces.slice(0, needed + 1);
}
