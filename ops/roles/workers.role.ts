// The workers in processes of their own: jobs, and unless jobs are named, relays, sweeper and collector too.
import { commerceDoor } from '../../subgraphs/commerce/public.js';
import { commerce } from '../../subgraphs/commerce/subgraph.js';
import { complianceDoor } from '../../subgraphs/compliance/public.js';
import { compliance } from '../../subgraphs/compliance/subgraph.js';
import { conversationsDoor } from '../../subgraphs/conversations/public.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { delegationsOf, identityDoor } from '../../subgraphs/identity/public.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import { ActorVerifier, generateActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { crashAt } from '../../subgraphs/kernel/base/crash-points.js';
import { startSubgraph, type RunningSubgraph, type SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { openBus } from '../../subgraphs/kernel/messaging/bus.open.js';
import { openStorage } from '../../subgraphs/kernel/storage/storage.open.js';
import { tenancyDoor } from '../../subgraphs/tenancy/public.js';
import { tenancy } from '../../subgraphs/tenancy/subgraph.js';
import { HttpGraphClient } from '../../workers/graph/graph.client.js';
import { startWorkers } from '../../workers/main.js';
import { startBackups } from '../backup/running.backups.js';
import { definitions, triggersOf } from '../composition.js';
import { CONNECTIONS, subgraphConnections } from '../connections.js';
import { drillProbes } from '../drill.js';
import { placesOf } from '../places.js';
import type { RoleParts } from './gateway.role.js';
import { serveHealth } from './health.server.js';
import { masterKeyOf } from './keys.js';
import { monitoringOf } from './monitoring.parts.js';
import { externalOf, redisOf } from './outside.checks.js';
import { databaseCheck } from './subgraph.role.js';

export async function startWorkersRole({ config, logger, started }: RoleParts, jobs: string[] | null): Promise<string> {
  const places = placesOf(config, config.databaseUrl);
  const { metrics, monitoring } = monitoringOf(config, logger, started);
  const masterKey = await masterKeyOf(config, false);
  const bus = await openBus(places.bus, logger);
  started.add(() => bus.close());
  // Nobody asks this process over GraphQL: the key it would believe exists nowhere else.
  const verifier = new ActorVerifier(generateActorKeys().publicKey);
  const boot = async <Services>(module: SubgraphModule<Services>): Promise<RunningSubgraph<Services>> => {
    const { name } = module.definition;
    const running = await startSubgraph(module, {
      databaseUrl: places.app(name), maxConnections: subgraphConnections(name), bus, clock: systemClock, logger, metrics, config, masterKey, verifier,
    });
    started.add(() => running.close());
    return running;
  };
  const running = { conversations: await boot(conversations), identity: await boot(identity), tenancy: await boot(tenancy), compliance: await boot(compliance), commerce: await boot(commerce) };
  const { gatewayUrl = null } = config;
  if (gatewayUrl === null) logger.warn('without GATEWAY_URL these workers leave exports to others');
  const graph = gatewayUrl === null ? null : new HttpGraphClient(delegationsOf(running.identity.services), () => gatewayUrl);
  const workers = startWorkers({
    doors: {
      conversations: conversationsDoor(running.conversations.services), identity: identityDoor(running.identity.services),
      tenancy: tenancyDoor(running.tenancy.services), compliance: complianceDoor(running.compliance.services, drillProbes(places), graph, startBackups({ config, places, masterKey, logger, started })),
      commerce: commerceDoor(running.commerce.services),
    },
    schemas: definitions.map((definition) => ({ name: definition.name, triggers: triggersOf(definition.name), systemUrl: places.system(definition.name), definition })),
    storage: openStorage(config), masterKey,
    queueUrl: places.queues, connections: CONNECTIONS, bus, logger, metrics, jobs, crash: crashAt(config.crashAt),
    checkpoints: { file: config.auditCheckpointFile, url: config.auditCheckpointUrl, bucket: config.auditCheckpointBucket },
  });
  started.add(() => workers.stop());
  const listener = await serveHealth({
    host: config.host, port: config.port, portShared: config.portShared, logger, metrics, monitoring,
    health: {
      ready: async () => [{ name: 'workers', ok: workers.healthy() }], database: () => Promise.all(Object.values(running).map(databaseCheck)),
      ...await redisOf(config, ['queues', 'bus']), ...externalOf(config, started),
    },
  });
  started.add(() => listener.drain());
  return listener.url;
}
