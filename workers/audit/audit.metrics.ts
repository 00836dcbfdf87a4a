// What the workers tell about the audit log.
import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';

export class AuditMetrics {
  readonly collected: Counter;
  readonly failures: Counter;
  readonly lag: Gauge;
  readonly refused: Gauge;
  readonly waiting: Gauge<'sink'>;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.collected = new Counter({ name: 'switchboard_audit_collected_total', help: 'Staged audit events sealed into the log, or put into quarantine', registers });
    this.failures = new Counter({ name: 'switchboard_audit_failures_total', help: 'Rounds in which audit events could not be sealed and stayed staged', registers });
    this.lag = new Gauge({ name: 'switchboard_audit_checkpoint_lag_seconds', help: 'Age of the oldest audit entries without a checkpoint', registers });
    this.refused = new Gauge({ name: 'switchboard_audit_streams_refused', help: 'Audit logs that are not signed because they contradict what was signed before', registers });
    this.waiting = new Gauge({ name: 'switchboard_audit_sink_failing', help: '1 while a sink of checkpoints does not take them', labelNames: ['sink'], registers });
  }
}
