// An export of the audit trail, and the states it goes through.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type ExportState = 'QUEUED' | 'RUNNING' | 'READY' | 'FAILED' | 'EXPIRED';
/** Why an export failed. The database knows the same, and takes no other. */
export type ExportFailure = 'NO_CHECKPOINT' | 'INTERNAL';
export type ExportFormatName = 'JSON_LINES' | 'CSV';

/** From each state, those that may follow. RUNNING follows itself when whoever wrote the file died. */
export const EXPORT_STATES: Readonly<Record<ExportState, readonly ExportState[]>> = {
  QUEUED: ['RUNNING', 'FAILED'],
  RUNNING: ['QUEUED', 'RUNNING', 'READY', 'FAILED'],
  READY: ['EXPIRED'],
  FAILED: [],
  EXPIRED: [],
};

/** The states from which `state` may be reached. */
export const statesBefore = (state: ExportState): ExportState[] =>
  (Object.keys(EXPORT_STATES) as ExportState[]).filter((before) => EXPORT_STATES[before].includes(state));

export const AuditExport = defineEntity({
  name: 'AuditExport', tableName: 'audit_export', schema: 'compliance',
  properties: {
    tenantId: p.uuid(),
    id: p.uuid().primary(),
    state: p.text().$type<ExportState>(),
    format: p.text().$type<ExportFormatName>(),
    /** The conditions that were asked for, as JSON. */
    filter: p.json<Record<string, unknown>>(),
    /** API id of the person or key. */
    requestedBy: p.text(),
    idempotencyKey: p.text(),
    requestHash: p.text(),
    requestedAt: p.datetime(3),
    /** Entries that were sealed when it was asked for: its checkpoint covers them all. */
    sealed: p.bigint('string'),
    attempts: p.integer(),
    /** When something is to be done: to write it, to take it up from who died, to delete its file. */
    dueAt: p.datetime(3).nullable(),
    /** Positions of the log that were looked at, of `total`. */
    scanned: p.bigint('string'),
    total: p.bigint('string').nullable(),
    rowCount: p.bigint('string'),
    fileKey: p.text().nullable(),
    bytes: p.bigint('string').nullable(),
    sha256: p.text().nullable(),
    /** Sealed: what its URLs are signed with. */
    urlSecret: p.blob().nullable(),
    expiresAt: p.datetime(3).nullable(),
    failure: p.text().$type<ExportFailure>().nullable(),
  },
});
