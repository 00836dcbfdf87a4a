// Seals what the subgraphs staged into the audit trail, soon after each change and at the latest every half second.
import type { Pool } from 'pg';
import { collectAudit, type AuditSource, type ComplianceCrashPoint } from '../../subgraphs/compliance/public.js';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { Loop } from '../loop.js';
import type { AuditMetrics } from './audit.metrics.js';

const POLL_MS = 500;
// Wake-ups come with every change; collecting a few of them together costs the trail little and the database much less.
const GATHER_MS = 150;

export interface AuditLoopOptions {
  /** The staging of each subgraph. */
  sources: AuditSource[];
  /** The database of compliance. */
  target: Pool;
  logger: Logger;
  crash: CrashPoint<ComplianceCrashPoint>;
  metrics: AuditMetrics;
  /** Called when something was sealed: compliance may have something to say of it. */
  sealed: () => void;
}

export const startAuditCollector = ({ sources, target, logger, crash, metrics, sealed }: AuditLoopOptions): Loop => new Loop({
  name: 'audit collector', everyMs: POLL_MS, gatherMs: GATHER_MS, logger,
  round: async () => {
    const { moved, quarantined, damaged } = await collectAudit({ sources, target, crashPoint: crash }).catch((error: unknown) => {
      metrics.failures.inc();
      logger.error({ err: error }, 'audit events could not be sealed and stay staged');
      throw error;
    });
    metrics.collected.inc(moved);
    if (moved > 0) sealed();
    for (const row of quarantined) logger.error({ schema: row.schema, id: row.id, reason: row.reason }, 'a staged audit event is unreadable and was put into quarantine');
    // No failure of the round: the other logs go on, and the loop is well.
    for (const reason of damaged) logger.error({ reason }, 'the audit events of a tenant could not be sealed and stay staged: its log is damaged');
    if (damaged.length > 0) metrics.failures.inc();
    return moved > 0;
  },
});
