// An export of a list of the graph, the states it goes through, and the parts it has been read in.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ExportColumn } from './data-export.columns.js';
import type { ExportPlan } from './data-export.document.js';

export type DataExportState = 'QUEUED' | 'RUNNING' | 'READY' | 'FAILED' | 'CANCELLED' | 'EXPIRED';
/** Why one failed. The database knows the same, and takes no other. */
export type DataExportFailure = 'RIGHTS_REVOKED' | 'OPERATION_REFUSED' | 'TOO_MANY_ROWS' | 'UNAVAILABLE' | 'INTERNAL';
export type DataExportFormat = 'CSV' | 'JSON_LINES' | 'XLSX' | 'PDF';
export type RequesterKind = 'user' | 'api_key';

/** From each state, those that may follow. RUNNING follows itself when whoever was at it died. */
export const DATA_EXPORT_STATES: Readonly<Record<DataExportState, readonly DataExportState[]>> = {
  QUEUED: ['RUNNING', 'FAILED', 'CANCELLED'],
  RUNNING: ['QUEUED', 'RUNNING', 'READY', 'FAILED', 'CANCELLED'],
  READY: ['EXPIRED'],
  FAILED: [],
  CANCELLED: [],
  EXPIRED: [],
};

/** The states from which `state` may be reached. */
export const statesBefore = (state: DataExportState): DataExportState[] =>
  (Object.keys(DATA_EXPORT_STATES) as DataExportState[]).filter((before) => DATA_EXPORT_STATES[before].includes(state));

/** What was asked, made ready to be asked page by page. */
export type StoredPlan = Pick<ExportPlan, 'query' | 'variables' | 'paging' | 'list' | 'rows'>;

export const DataExport = defineEntity({
  name: 'DataExport', tableName: 'data_export', schema: 'compliance',
  properties: {
    tenantId: p.uuid(),
    id: p.uuid().primary(),
    state: p.text().$type<DataExportState>(),
    format: p.text().$type<DataExportFormat>(),
    title: p.text(),
    plan: p.json<StoredPlan>(),
    columns: p.json<ExportColumn[]>(),
    timeZone: p.text(),
    language: p.text(),
    /** Who asked, and is acted for. */
    requesterKind: p.text().$type<RequesterKind>(),
    requesterId: p.uuid(),
    requesterIp: p.text().nullable(),
    requesterAgent: p.text().nullable(),
    idempotencyKey: p.text(),
    requestHash: p.text(),
    requestedAt: p.datetime(3),
    /** Times somebody has taken it up: whoever holds an older number has lost it. */
    attempts: p.integer(),
    /** Times since it last came on. */
    stalled: p.integer(),
    /** When something is to be done: to go on, to take it up from who died, to delete its files. */
    dueAt: p.datetime(3).nullable(),
    /** Where the next page begins; null: at the beginning, or nowhere any more. */
    position: p.text().nullable(),
    readAll: p.boolean(),
    rowCount: p.bigint('string'),
    /** Rows that the file holds so far. */
    written: p.bigint('string'),
    fileKey: p.text().nullable(),
    bytes: p.bigint('string').nullable(),
    sha256: p.text().nullable(),
    /** What the file is, as text whose hash is in the trail. */
    manifest: p.text().nullable(),
    expiresAt: p.datetime(3).nullable(),
    failure: p.text().$type<DataExportFailure>().nullable(),
  },
});

export const DataExportPart = defineEntity({
  name: 'DataExportPart', tableName: 'data_export_part', schema: 'compliance',
  properties: {
    tenantId: p.uuid(),
    exportId: p.uuid().primary(),
    /** From 0, without gap. */
    number: p.integer().primary(),
    fileKey: p.text(),
    rowCount: p.integer(),
    sha256: p.text(),
  },
});
