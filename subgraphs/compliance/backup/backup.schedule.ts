// A backup a day, and its verification after it: each day is a row that only one can add, whatever number of workers there are and however often they start.
import type { Pool } from 'pg';
import { newId } from '../../kernel/base/ids.js';

/** The quietest hour of most customers, UTC. */
const HOUR = 2;
const DAY_MS = 86_400_000;

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** When the next one is taken. @param newest the newest day that has one */
export function nextSlot(newest: string | null, now: Date): Date {
  const at = new Date(`${dayOf(now)}T00:00:00Z`).getTime() + HOUR * 3_600_000;
  // What is missing of today is taken up at once.
  if (newest === null || newest < dayOf(now)) return new Date(Math.max(at, now.getTime()));
  return new Date(at + DAY_MS);
}

// A verification waits for its backup, and for another one's end; what has failed is tried again after an hour.
const MISSING = `insert into compliance.backup_run (id, kind, state, slot, label, wanted, requested_at, due_at)
  select $1::uuid, kind, 'RUNNING', $3::text, 'daily', wanted, $2::timestamptz, $2::timestamptz from (values ('CREATE', null), ('VERIFY', 'L3')) as day(kind, wanted)
  where kind = $4 and not exists (select from compliance.backup_run r where r.kind = day.kind
      and (r.state = 'RUNNING' or r.slot = $3 and (r.state = 'DONE' or r.finished_at > $2::timestamptz - interval '1 hour')))
    and (kind = 'CREATE' or exists (select from compliance.backup_run r where r.kind = 'CREATE' and r.slot = $3 and r.state = 'DONE'))
  on conflict do nothing`;

export async function scheduleSlot(system: Pool, now: Date): Promise<void> {
  if (now.getUTCHours() < HOUR) return;
  for (const kind of ['CREATE', 'VERIFY']) await system.query(MISSING, [newId(), now, dayOf(now), kind]);
}
