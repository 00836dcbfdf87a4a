// Signs checkpoints of what was sealed, and hands them to the sinks; a sink that fails delays neither sealing nor signing.
import type { Pool } from 'pg';
import type { ComplianceDoor } from '../../subgraphs/compliance/public.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { Loop } from '../loop.js';
import type { AuditMetrics } from './audit.metrics.js';
import type { CheckpointSink } from './checkpoint.sinks.js';

/** A checkpoint is at most five seconds behind the newest entry. */
const SIGN_MS = 2_500;
const PUSH_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

export interface CheckpointLoopOptions {
  door: ComplianceDoor;
  /** The database of compliance. */
  system: Pool;
  sinks: CheckpointSink[];
  logger: Logger;
  metrics: AuditMetrics;
}

/** A sink that does not answer makes its own loop late, and nothing else. */
export const startCheckpoints = (options: CheckpointLoopOptions): { signing: Loop; pushing: Loop[] } =>
  ({ signing: startSigning(options), pushing: options.sinks.map((sink) => startPushing(options, sink)) });

function startSigning({ door, system, logger, metrics }: CheckpointLoopOptions): Loop {
  return new Loop({
    name: 'audit checkpoints', everyMs: SIGN_MS, logger,
    round: async () => {
      const { refused, more } = await door.signCheckpoints(system);
      for (const { origin, reason } of refused) logger.error({ origin, reason }, 'an audit log is not signed: somebody has changed it');
      metrics.refused.set(refused.length);
      metrics.lag.set(await door.checkpointLag(system));
      return more;
    },
  });
}

function startPushing({ door, system, logger, metrics }: CheckpointLoopOptions, sink: CheckpointSink): Loop {
  let [failures, resumesAt] = [0, -Infinity];
  return new Loop({
    name: `audit checkpoints to ${sink.name}`, everyMs: PUSH_MS, logger,
    round: async () => {
      if (performance.now() < resumesAt) return false;
      try {
        const { more } = await door.pushCheckpoints(system, sink.name, (note) => sink.push(note));
        if (failures > 0) logger.info({ sink: sink.name, failures }, 'a sink takes audit checkpoints again');
        failures = 0;
        metrics.waiting.set({ sink: sink.name }, 0);
        return more;
      } catch (error) {
        failures += 1;
        resumesAt = performance.now() + Math.min(PUSH_MS * 2 ** failures, LONGEST_PAUSE_MS);
        metrics.waiting.set({ sink: sink.name }, 1);
        logger.warn({ sink: sink.name, failures, err: error }, 'a sink does not take audit checkpoints; they wait for it');
        return false;
      }
    },
  });
}
