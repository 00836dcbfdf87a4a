// How far the log is kept, noted where everybody can read it by whoever keeps it.
import type { Pool } from 'pg';

export interface BackupLogNote {
  keptUntil: Date | null;
  /** Why it is not being kept just now; null: it is. */
  failing: string | null;
  /** Log that is lost since the newest backup; null: none is; undefined: whoever notes this has not looked. */
  alarm: string | null | undefined;
}

/** An alarm stands until somebody has looked and found no gap any more. @param system pool of the system role */
export async function noteBackupLog(system: Pool, { keptUntil, failing, alarm }: BackupLogNote): Promise<void> {
  await system.query(`insert into compliance.backup_log as l (kept_until, noted_at, failing, alarm, alarm_at)
    values ($1, now(), $2, $3, case when $3::text is not null then now() end)
    on conflict (id) do update set kept_until = greatest(l.kept_until, excluded.kept_until), noted_at = excluded.noted_at, failing = excluded.failing,
      alarm = case when $4 then excluded.alarm else l.alarm end,
      alarm_at = case when not $4 or excluded.alarm is not distinct from l.alarm then l.alarm_at else excluded.alarm_at end`,
  [keptUntil, failing, alarm ?? null, alarm !== undefined]);
}
