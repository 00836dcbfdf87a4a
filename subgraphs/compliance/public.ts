// The door of compliance: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import { unmeteredQuotas, unrecountedQuotas } from '../kernel/data/quota-tables.js';
import type { GraphClient } from '../kernel/base/graph-client.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import type { BackupPort } from './backup/backup.port.js';
import type { DrillProbe } from './isolation/isolation.service.js';
import { backupJob, dataExportJob, drillJob, exportJob, limitJobs, rotateKeysJob, verifyJob } from './jobs.js';
import { checkpointLag, pushCheckpoints, signCheckpoints, type PushedRound, type SignedRound } from './log/checkpoint.js';
import { logUpkeep } from './log/upkeep.js';
import type { ComplianceServices } from './subgraph.js';

export { collectAudit } from './audit/audit.collector.js';
export type { ComplianceCrashPoint } from './compliance.crash.js';
export type { DataExportCrashPoint } from './data-export/data-export.crash.js';
export type { AuditSource, CollectAuditOptions, CollectedAudit, QuarantinedAudit } from './audit/audit.collector.js';
export { BackupFailure } from './backup/backup.port.js';
export { noteBackupLog } from './backup/backup.log.js';
export type { BackupLogNote } from './backup/backup.log.js';
export type { BackupPort } from './backup/backup.port.js';
export type { DrillProbe, PushedRound, SignedRound };

export interface ComplianceDoor {
  verify(payload: z.infer<typeof verifyJob.payload>): Promise<boolean>;
  export(payload: z.infer<typeof exportJob.payload>): Promise<boolean>;
  exportList(payload: z.infer<typeof dataExportJob.payload>): Promise<boolean>;
  rotateKeys(payload: z.infer<typeof rotateKeysJob.payload>, system: Pool): Promise<boolean>;
  backup(payload: z.infer<typeof backupJob.payload>): Promise<boolean>;
  drill(payload: z.infer<typeof drillJob.payload>): Promise<boolean>;
  applyLimits(payload: z.infer<typeof limitJobs.apply.payload>): Promise<boolean>;
  measure(payload: z.infer<typeof limitJobs.measure.payload>): Promise<number>;
  confirmMeasure(payload: z.infer<typeof limitJobs.confirm.payload>): Promise<void>;
  recount(payload: z.infer<typeof limitJobs.recount.payload>, system: Pool): Promise<number>;
  /** Deletes the files of a tenant's exports. */
  forget(tenantId: string): Promise<void>;
  /** Signs a checkpoint of every stream that has grown. @param system pool of the system role */
  signCheckpoints(system: Pool): Promise<SignedRound>;
  /** Hands checkpoints that a sink has not had to `push`, at least once each. @throws AggregateError of what `push` threw, after the others were pushed */
  pushCheckpoints(system: Pool, sink: string, push: (note: string) => Promise<void>): Promise<PushedRound>;
  /** Age in seconds of the oldest entry without a checkpoint. */
  checkpointLag(system: Pool): Promise<number>;
  /** What waits in the tables, across tenants. */
  overdue(system: Pool): Promise<WaitingWork[]>;
  /** Makes partitions ahead, and drops those that retention lets go. */
  tidy(system: Pool): Promise<void>;
}

const BATCH = 500;
/** Tenancy answers within a fraction of a second; what it has not noted by then is said again. */
const UNNOTED_SECONDS = 5;

const VERIFICATIONS = `select tenant_id as stream, id as "verificationId" from compliance.audit_verification
  where state = 'RUNNING' and due_at <= now() order by due_at limit $1`;

const EXPORTS = `select tenant_id as stream, id as "exportId" from compliance.audit_export where due_at <= now() order by due_at limit $1`;

const DATA_EXPORTS = `select tenant_id as "tenantId", id as "exportId" from compliance.data_export where due_at <= now() order by due_at limit $1`;

const DRILLS = `select id as "drillId" from compliance.isolation_drill where due_at <= now() limit $1`;

/**
 * @param probes what a drill tries, one for each subgraph: the composition alone knows where they all live
 * @param graph the way to the graph, for exports of its lists; null: this process has none
 * @param backup what takes and verifies backups; null where nothing can
 */
export const complianceDoor = (
  { verification, exportRun, dataExportRun, isolation, backups, limits, logKeys, deps }: ComplianceServices, probes: readonly DrillProbe[] = [],
  graph: GraphClient | null = null, backup: BackupPort | null = null,
): ComplianceDoor => ({
  verify: ({ stream, verificationId }) => verification.run(stream, verificationId),
  export: ({ stream, exportId }) => exportRun.run(stream, exportId),
  exportList: ({ tenantId, exportId }) => dataExportRun.run(tenantId, exportId, graph),
  rotateKeys: (rotation, system) => deps.keyRotation.run(system, rotation),
  backup: async ({ runId }) => backup !== null && backups.run(runId, backup),
  drill: ({ drillId }) => isolation.run(drillId, probes),
  applyLimits: ({ tenantId, ...granted }) => limits.apply(tenantId, granted),
  measure: ({ tenantId }) => limits.measure(tenantId),
  confirmMeasure: ({ tenantId, ...noted }) => limits.confirm(tenantId, noted),
  recount: ({ tenantId }, system) => limits.recount(tenantId, system),
  forget: async (tenantId) => {
    await exportRun.forget(tenantId);
    await dataExportRun.forget(tenantId);
  },
  signCheckpoints: (system) => signCheckpoints(system, logKeys),
  pushCheckpoints,
  checkpointLag,
  overdue: async (system) => [
    // The sweeper alone starts a run, within a second: the platform's belongs to no tenant, so that no event could.
    { job: verifyJob, payloads: (await system.query(VERIFICATIONS, [BATCH])).rows, routine: true },
    { job: exportJob, payloads: (await system.query(EXPORTS, [BATCH])).rows, routine: true },
    { job: dataExportJob, payloads: (await system.query(DATA_EXPORTS, [BATCH])).rows, routine: true },
    { job: rotateKeysJob, payloads: await deps.keyRotation.due(system), routine: true },
    { job: backupJob, payloads: backup ? await backups.due(system) : [], routine: true },
    { job: drillJob, payloads: (await system.query(DRILLS, [BATCH])).rows, routine: true },
    { job: limitJobs.measure, payloads: (await system.query(unmeteredQuotas('compliance'), [UNNOTED_SECONDS, BATCH])).rows, routine: true },
    { job: limitJobs.recount, payloads: (await system.query(unrecountedQuotas('compliance'), [BATCH])).rows, routine: true },
  ],
  tidy: logUpkeep(deps),
});
