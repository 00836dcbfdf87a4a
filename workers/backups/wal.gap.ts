// Log that is lost: told by what is kept and by where the slot begins, so that no process need have lived to tell of it.
import { listBackups } from './manifest.js';
import type { Repository } from './repository.js';
import { leading, line } from './restore.plan.js';
import { isDamage } from './stored.bytes.js';
import { walIndex } from './wal.coverage.js';
import { formatLsn, timelineOf } from './wal.position.js';

/** Where the log that the server still has begins. */
export interface SlotStart {
  lsn: bigint;
  timeline: number;
}

const NOW = 'take a backup now';

/** Whether the log leads from the newest backup to the server without a gap. @returns a sentence without its full stop; null: it does, or there is no backup that a gap could hurt */
export async function lostLog(repository: Repository, slot: SlotStart): Promise<string | null> {
  const { whole } = await listBackups(repository);
  if (whole.length === 0) return null;
  const index = await walIndex(repository);
  const way = await leading(repository, whole, index).then((newest) => newest && line(repository, newest, index)).catch((error: unknown) => {
    if (isDamage(error)) return error;
    throw error;
  });
  if (!way) return null;
  if (way instanceof Error) return `the log does not lead on from the newest backup (${way.message}): ${NOW}`;
  const { coverage: { gap, end }, timeline } = way;
  if (gap) return `${gap.text}: ${NOW}`;
  if (end < slot.lsn) return `the log from ${formatLsn(end)} to ${formatLsn(slot.lsn)} was not kept, and the server has it no more: ${NOW}`;
  if (timeline < slot.timeline && [...index.keys()].some((segment) => timelineOf(segment) === slot.timeline)) return `the server is on timeline ${slot.timeline}, to which no backup leads: ${NOW}`;
  return null;
}
