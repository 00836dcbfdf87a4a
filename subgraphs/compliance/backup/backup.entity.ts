// A backup that is being taken or verified, or was; and how far the log is kept.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type BackupKind = 'CREATE' | 'VERIFY' | 'TENANT';
export type BackupRunState = 'RUNNING' | 'DONE' | 'FAILED';
export type BackupLevel = 'L0' | 'L1' | 'L2' | 'L3';

export const BackupRun = defineEntity({
  name: 'BackupRun', tableName: 'backup_run', schema: 'compliance',
  properties: {
    id: p.uuid().primary(),
    kind: p.text().$type<BackupKind>(),
    state: p.text().$type<BackupRunState>(),
    /** The tenant of which it is alone; null: of all. */
    tenant: p.uuid().nullable(),
    /** The hour, day or week it is of, `2026-12-02`; null: somebody asked for it. */
    slot: p.text().nullable(),
    /** Why: `daily`, or what somebody called it. */
    label: p.text(),
    /** Of the backup in its place; null: not known yet. */
    backupId: p.uuid().nullable(),
    wanted: p.text().$type<BackupLevel>().nullable(),
    requestedAt: p.datetime(3),
    startedAt: p.datetime(3).nullable(),
    /** When a job should begin it, or should have said that it lives; null when it has ended. */
    dueAt: p.datetime(3).nullable(),
    finishedAt: p.datetime(3).nullable(),
    phase: p.text().nullable(),
    progress: p.float(),
    content: p.bigint('string').nullable(),
    stored: p.bigint('string').nullable(),
    manifestHash: p.text().nullable(),
    level: p.text().$type<BackupLevel>().nullable(),
    latest: p.datetime(3).nullable(),
    findings: p.json<string[]>(),
    failure: p.text().nullable(),
  },
});

export const BackupLog = defineEntity({
  name: 'BackupLog', tableName: 'backup_log', schema: 'compliance',
  properties: {
    id: p.boolean().primary(),
    keptUntil: p.datetime(3).nullable(),
    notedAt: p.datetime(3),
    /** Why the log is not being kept just now; null: it is. */
    failing: p.text().nullable(),
    /** Log that is lost. */
    alarm: p.text().nullable(),
    alarmAt: p.datetime(3).nullable(),
  },
});
