// The workers of one process: a relay for each schema, the job processors, the sweeper, the audit collector.
import type { Pool } from 'pg';
import type { ComplianceCrashPoint } from '../subgraphs/compliance/public.js';
import { noCrash, type CrashPoint } from '../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../subgraphs/kernel/base/metrics.js';
import { createPool } from '../subgraphs/kernel/data/driver.js';
import { WAKE_CHANNEL, type Bus } from '../subgraphs/kernel/messaging/bus.js';
import type { JobTrigger } from '../subgraphs/kernel/messaging/jobs.js';
import { startAuditCollector } from './audit/audit.loop.js';
import { Queues } from './queue.js';
import { processors, type Doors } from './registry.js';
import type { RelayCrashPoint } from './relay/relay.crash.js';
import { Relay } from './relay/relay.js';
import { startSweeper } from './sweeper/sweeper.js';

export interface WorkersOptions {
  doors: Doors;
  schemas: { name: string; triggers: JobTrigger[] }[];
  /** Login of the system role: only workers open it. */
  systemUrl: string;
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
  /** Fault tests only. */
  crash?: CrashPoint<RelayCrashPoint | ComplianceCrashPoint>;
}

export interface Workers {
  /** False when a loop has stopped making rounds. */
  healthy(): boolean;
  /** Lets what runs end, then closes. */
  stop(): Promise<void>;
}

const SYSTEM_CONNECTIONS = 4;

export function startWorkers({ doors, schemas, systemUrl, bus, logger, metrics, crash = noCrash }: WorkersOptions): Workers {
  const queues = new Queues(systemUrl, logger, metrics);
  const system: Pool = createPool({
    url: systemUrl, maxConnections: SYSTEM_CONNECTIONS, name: 'switchboard:system',
    onError: (error) => logger.warn({ err: error.message }, 'system connection lost'),
  });
  for (const processor of processors(doors)) queues.process(processor);
  const relays = schemas.map(({ name, triggers }) => new Relay({ schema: name, url: systemUrl, triggers, queue: queues, bus, logger, metrics, crash }));
  const sweeper = startSweeper({ conversations: doors.conversations, system, queue: queues, logger });
  const collector = startAuditCollector({ schemas: schemas.map((schema) => schema.name), system, logger, crash });
  const stopListening = bus.listen(WAKE_CHANNEL, { message: () => collector.wake(), gap: () => collector.wake() });
  return {
    healthy: () => [...relays, sweeper, collector].every((loop) => loop.healthy()),
    stop: async () => {
      stopListening();
      await Promise.all([sweeper.stop(), ...relays.map((relay) => relay.stop())]);
      await queues.close();
      // Last: what the stopping jobs did is collected before the connections go.
      await collector.stop();
      await system.end();
    },
  };
}
