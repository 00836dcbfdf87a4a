// How far the log is kept, noted where everybody can read it by whoever keeps it.
import type { Pool } from 'pg';

export interface BackupLogNote {
  keptUntil: Date | null;
  /** Why it is not being kept just now; null: it is. */
  failing: string | null;
  /** Log that was just found to be lost; null: none was. */
  alarm: string | null;
}

/** An alarm stands until a whole backup was taken since. @param system pool of the system role */
export async function noteBackupLog(system: Pool, { keptUntil, failing, alarm }: BackupLogNote): Promise<void> {
  await system.query(`insert into compliance.backup_log as l (kept_until, noted_at, failing, alarm, alarm_at)
    values ($1, now(), $2, $3, case when $3::text is not null then now() end)
    on conflict (id) do update set kept_until = greatest(l.kept_until, excluded.kept_until), noted_at = excluded.noted_at, failing = excluded.failing,
      alarm = case when excluded.alarm is not null then excluded.alarm when healed.yes then null else l.alarm end,
      alarm_at = case when excluded.alarm is not null then excluded.alarm_at when healed.yes then null else l.alarm_at end`
    .replaceAll('healed.yes', `exists (select from compliance.backup_run r where r.kind = 'CREATE' and r.state = 'DONE' and r.started_at > l.alarm_at)`),
  [keptUntil, failing, alarm]);
}
