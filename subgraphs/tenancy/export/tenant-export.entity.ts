// An export of everything a tenant has, and the states it goes through.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type TenantExportState = 'COLLECTING' | 'ASSEMBLING' | 'READY' | 'FAILED' | 'EXPIRED';
/** Why an export failed. The database knows the same, and takes no other. */
export type TenantExportFailure = 'STORAGE' | 'TIMED_OUT' | 'INTERNAL';

/** From each state, those that may follow. A part that turns out to be broken is collected again; who assembled may have died. */
export const TENANT_EXPORT_STATES: Readonly<Record<TenantExportState, readonly TenantExportState[]>> = {
  COLLECTING: ['COLLECTING', 'ASSEMBLING', 'FAILED'],
  ASSEMBLING: ['ASSEMBLING', 'COLLECTING', 'READY', 'FAILED'],
  READY: ['EXPIRED'],
  FAILED: [],
  EXPIRED: [],
};

/** The states from which `state` may be reached. */
export const statesBefore = (state: TenantExportState): TenantExportState[] =>
  (Object.keys(TENANT_EXPORT_STATES) as TenantExportState[]).filter((before) => TENANT_EXPORT_STATES[before].includes(state));

/** What one subgraph has written. */
export interface StoredPart {
  /** Part of the names of its files. */
  attempt: number;
  files: number;
  rows: number;
  bytes: number;
  indexSha256: string;
}

export const TenantExport = defineEntity({
  name: 'TenantExport', tableName: 'tenant_export', schema: 'tenancy',
  properties: {
    tenantId: p.uuid(),
    id: p.uuid().primary(),
    state: p.text().$type<TenantExportState>(),
    /** API id of the person. */
    requestedBy: p.text(),
    idempotencyKey: p.text(),
    requestedAt: p.datetime(3),
    /** Of the order that stands. */
    attempt: p.integer().default(1),
    /** By subgraph. */
    parts: p.json().$type<Record<string, StoredPart>>(),
    /** By subgraph: the attempts that failed. */
    failedParts: p.json().$type<Record<string, number[]>>(),
    /** At the archive. */
    attempts: p.integer().default(0),
    /** When something is to be done: to order again, to assemble, to take that up from who died, to delete files. */
    dueAt: p.datetime(3).nullable(),
    /** Bytes of the parts that are in the archive so far. */
    assembled: p.bigint('string').default('0'),
    rowCount: p.bigint('string').default('0'),
    fileKey: p.text().nullable(),
    bytes: p.bigint('string').nullable(),
    sha256: p.text().nullable(),
    expiresAt: p.datetime(3).nullable(),
    failure: p.text().$type<TenantExportFailure>().nullable(),
  },
});
