// The workers of one process: a relay for each schema, the job processors, the sweeper, the audit collector and its checkpoints.
import type { Pool } from 'pg';
import type { ComplianceCrashPoint, DataExportCrashPoint } from '../subgraphs/compliance/public.js';
import { noCrash, type CrashPoint } from '../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../subgraphs/kernel/base/metrics.js';
import type { MasterKeyPort } from '../subgraphs/kernel/crypto/master-key.js';
import { createPool } from '../subgraphs/kernel/data/driver.js';
import type { SubgraphDefinition } from '../subgraphs/kernel/graphql/subgraph.js';
import { WAKE_CHANNEL, type Bus } from '../subgraphs/kernel/messaging/bus.js';
import type { StoragePort } from '../subgraphs/kernel/storage/storage.js';
import { startAuditCollector } from './audit/audit.loop.js';
import { AuditMetrics } from './audit/audit.metrics.js';
import { startCheckpoints } from './audit/checkpoint.loop.js';
import { checkpointSinks, type SinkOptions } from './audit/checkpoint.sinks.js';
import type { ErasureCrashPoint } from './erasure/erasure.crash.js';
import { eraser, type ForgettingDoor } from './erasure/erasure.js';
import { conversationsLanes } from './lanes/conversations.lanes.js';
import { Queues } from './queue.js';
import { processors, purgeJobs, type Doors } from './registry.js';
import { inTurns } from './retention/purge.js';
import type { RelayCrashPoint } from './relay/relay.crash.js';
import { Relay, type RelayTrigger } from './relay/relay.js';
import { startSweeper, type SweptDoor } from './sweeper/sweeper.js';
import type { PartCrashPoint } from './tenant-export/part.crash.js';
import { partExporter } from './tenant-export/part.js';
import type { WebhookCrashPoint } from '../subgraphs/tenancy/public.js';
import { startWebhookCollector } from './webhooks/webhook.loop.js';

export interface WorkersOptions {
  doors: Doors;
  /** Every subgraph's schema, with the login of the system role on its database: only workers open it. */
  schemas: { name: string; triggers: RelayTrigger[]; systemUrl: string; definition: Pick<SubgraphDefinition, 'erasure' | 'tenantExport' | 'sealed' | 'migrations'> }[];
  /** Where the parts of exports of tenants are written, and what opens the secrets in them. */
  storage: StoragePort;
  masterKey: MasterKeyPort;
  /** Where queues live: Redis, or the database as the system role. */
  queueUrl: string;
  connections: { system: number; queues: number };
  /** Names of the jobs to run; null: every job, and the relays, sweeper, lanes and collector. */
  jobs?: string[] | null;
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
  /** Where checkpoints of the audit log are kept besides. */
  checkpoints: SinkOptions;
  /** Fault tests only. */
  crash?: CrashPoint<RelayCrashPoint | ComplianceCrashPoint | DataExportCrashPoint | ErasureCrashPoint | PartCrashPoint | WebhookCrashPoint>;
}

export interface Workers {
  /** False when a loop has stopped making rounds. */
  healthy(): boolean;
  /** Lets what runs end, then closes. */
  stop(): Promise<void>;
}

export function startWorkers(options: WorkersOptions): Workers {
  const { doors, schemas, connections, bus, logger, metrics, crash = noCrash } = options;
  const queues = new Queues({ url: options.queueUrl, logger, metrics, maxConnections: connections.queues });
  const pools = new Map([...new Set(schemas.map((schema) => schema.systemUrl))].map((url): [string, Pool] => [url, createPool({
    url, maxConnections: connections.system, name: 'switchboard:system',
    onError: (error) => logger.warn({ err: error.message }, 'system connection lost'),
  })]));
  const systems = schemas.map(({ name, systemUrl }) => ({ schema: name, pool: pools.get(systemUrl) as Pool }));
  const systemOf = (name: string): Pool => {
    const system = systems.find(({ schema }) => schema === name);
    if (!system) throw new Error(`The workers were given no schema ${name}.`);
    return system.pool;
  };
  const { jobs = null } = options;
  const forgetting: Record<string, ForgettingDoor | undefined> = { compliance: doors.compliance, conversations: doors.conversations, tenancy: doors.tenancy };
  const erasers = schemas.flatMap(({ name, systemUrl, definition: { erasure } }) => (erasure ? [eraser({
    schema: name, system: systemOf(name), systemUrl, job: erasure.job, event: erasure.event, rules: erasure, door: forgetting[name], bus, logger, crash,
  })] : []));
  const exporters = schemas.flatMap(({ name, systemUrl, definition: { tenantExport, sealed = [], migrations } }) => (tenantExport ? [partExporter({
    schema: name, schemaVersion: migrations.at(-1)?.name ?? '', system: systemOf(name), systemUrl, job: tenantExport.job, event: tenantExport.event, rules: tenantExport,
    sealed, storage: options.storage, masterKey: options.masterKey, bus, logger, crash,
  })] : []));
  const registered = processors(doors, systemOf).map((processor) => {
    const job = purgeJobs.find(({ name }) => name === processor.job.name);
    return job ? inTurns(job, processor.run, queues, logger) : processor;
  });
  for (const processor of [...registered, ...erasers, ...exporters]) if (jobs?.includes(processor.job.name) ?? true) queues.process(processor);
  const lanes = conversationsLanes({ door: doors.conversations, system: systemOf('conversations'), bus, logger, metrics }, jobs);
  if (jobs) return { healthy: () => lanes.every((one) => one.healthy()), stop: async () => { await Promise.all(lanes.map((one) => one.stop())); await queues.close(); await Promise.all([...pools.values()].map((pool) => pool.end())); } };
  const relays = schemas.map(({ name, triggers, systemUrl }) => new Relay({ schema: name, url: systemUrl, triggers, queue: queues, bus, logger, metrics, crash }));
  const sweeper = startSweeper({
    swept: Object.entries<SweptDoor>({ ...doors }).map(([name, door]) => ({ name, door, system: systemOf(name) })), queue: queues, logger,
  });
  const auditMetrics = new AuditMetrics(metrics);
  const collector = startAuditCollector({ sources: systems, target: systemOf('compliance'), logger, crash, metrics: auditMetrics, sealed: () => bus.wake('compliance') });
  const checkpoints = startCheckpoints({
    door: doors.compliance, system: systemOf('compliance'), sinks: checkpointSinks(options.checkpoints), logger, metrics: auditMetrics,
  });
  const webhooks = startWebhookCollector({ systems, target: systemOf('tenancy'), queue: queues, bus, logger, crash });
  const stopListening = bus.listen(WAKE_CHANNEL, { message: () => collector.wake(), gap: () => collector.wake() });
  return {
    healthy: () => [...relays, ...lanes, sweeper, collector, checkpoints.signing, webhooks].every((loop) => loop.healthy()),
    stop: async () => {
      stopListening();
      await Promise.all([sweeper.stop(), webhooks.stop(), ...lanes.map((one) => one.stop()), ...relays.map((relay) => relay.stop()), ...[checkpoints.signing, ...checkpoints.pushing].map((loop) => loop.stop())]);
      await queues.close();
      // Last: what the stopping jobs did is collected before the connections go.
      await collector.stop();
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}
