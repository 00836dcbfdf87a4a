// The door of compliance: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { exportJob, verifyJob } from './jobs.js';
import { checkpointLag, pushCheckpoints, signCheckpoints, type PushedRound, type SignedRound } from './log/checkpoint.js';
import { logUpkeep } from './log/upkeep.js';
import type { ComplianceServices } from './subgraph.js';

export { collectAudit } from './audit/audit.collector.js';
export type { ComplianceCrashPoint } from './compliance.crash.js';
export type { AuditSource, CollectAuditOptions, CollectedAudit, QuarantinedAudit } from './audit/audit.collector.js';
export type { PushedRound, SignedRound };

export interface ComplianceDoor {
  verify(payload: z.infer<typeof verifyJob.payload>): Promise<boolean>;
  export(payload: z.infer<typeof exportJob.payload>): Promise<boolean>;
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

const VERIFICATIONS = `select tenant_id as stream, id as "verificationId" from compliance.audit_verification
  where state = 'RUNNING' and due_at <= now() order by due_at limit $1`;

const EXPORTS = `select tenant_id as stream, id as "exportId" from compliance.audit_export where due_at <= now() order by due_at limit $1`;

export const complianceDoor = ({ verification, exportRun, logKeys, deps }: ComplianceServices): ComplianceDoor => ({
  verify: ({ stream, verificationId }) => verification.run(stream, verificationId),
  export: ({ stream, exportId }) => exportRun.run(stream, exportId),
  forget: (tenantId) => exportRun.forget(tenantId),
  signCheckpoints: (system) => signCheckpoints(system, logKeys),
  pushCheckpoints,
  checkpointLag,
  overdue: async (system) => [
    // The sweeper alone starts a run, within a second: the platform's belongs to no tenant, so that no event could.
    { job: verifyJob, payloads: (await system.query(VERIFICATIONS, [BATCH])).rows, routine: true },
    { job: exportJob, payloads: (await system.query(EXPORTS, [BATCH])).rows, routine: true },
  ],
  tidy: logUpkeep(deps),
});
