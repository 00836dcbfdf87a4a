// The workers in processes of their own: jobs, and unless jobs are named, relays, sweeper and collector too.
import { conversationsDoor } from '../../subgraphs/conversations/public.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { ActorVerifier, generateActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { crashAt } from '../../subgraphs/kernel/base/crash-points.js';
import { startSubgraph } from '../../subgraphs/kernel/graphql/boot.js';
import { openBus } from '../../subgraphs/kernel/messaging/bus.open.js';
import { startWorkers } from '../../workers/main.js';
import { definitions } from '../composition.js';
import { CONNECTIONS, subgraphConnections } from '../connections.js';
import { placesOf } from '../places.js';
import type { RoleParts } from './gateway.role.js';
import { serveHealth } from './health.server.js';
import { masterKeyOf } from './keys.js';
import { monitoringOf } from './monitoring.parts.js';
import { externalOf, redisOf } from './outside.checks.js';
import { healthOf } from './subgraph.role.js';

export async function startWorkersRole({ config, logger, started }: RoleParts, jobs: string[] | null): Promise<string> {
  const places = placesOf(config, config.databaseUrl);
  const { metrics, monitoring } = monitoringOf(config, logger, started);
  const masterKey = masterKeyOf(config, false);
  const bus = await openBus(places.bus, logger);
  started.add(() => bus.close());
  const { name } = conversations.definition;
  const running = await startSubgraph(conversations, {
    databaseUrl: places.app(name), maxConnections: subgraphConnections(name), bus, clock: systemClock, logger, metrics, config, masterKey,
    // Nobody asks this process over GraphQL: the key it would believe exists nowhere else.
    verifier: new ActorVerifier(generateActorKeys().publicKey),
  });
  started.add(() => running.close());
  const workers = startWorkers({
    doors: { conversations: conversationsDoor(running.services) },
    schemas: definitions.map((definition) => ({ name: definition.name, triggers: definition.triggers, systemUrl: places.system(definition.name) })),
    queueUrl: places.queues, connections: CONNECTIONS, bus, logger, metrics, jobs, crash: crashAt(config.crashAt),
  });
  started.add(() => workers.stop());
  const listener = await serveHealth({
    host: config.host, port: config.port, portShared: config.portShared, logger, metrics, monitoring,
    health: {
      ready: async () => [{ name: 'workers', ok: workers.healthy() }], database: healthOf(running).database,
      ...await redisOf(config, ['queues', 'bus']), ...externalOf(config, started),
    },
  });
  started.add(() => listener.drain());
  return listener.url;
}
