// The whole product in one process over a given database: configuration -> database -> subgraphs -> gateway -> workers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startGateway, type Gateway } from '../gateway/server.js';
import { capsOf } from '../gateway/subscriptions/live.caps.js';
import { apiUsagePort, authenticatePort, delegationsOf, identityDoor } from '../subgraphs/identity/public.js';
import { identity } from '../subgraphs/identity/subgraph.js';
import { ActorVerifier, generateActorKeys } from '../subgraphs/kernel/base/actor.js';
import { systemClock, type Clock } from '../subgraphs/kernel/base/clock.js';
import type { Config } from '../subgraphs/kernel/base/config.js';
import { crashAt } from '../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { readSchemaFile } from '../subgraphs/kernel/base/schema-files.js';
import type { MasterKeyPort } from '../subgraphs/kernel/crypto/master-key.js';
import { startSubgraph, type RunningSubgraph } from '../subgraphs/kernel/graphql/boot.js';
import { openBus } from '../subgraphs/kernel/messaging/bus.open.js';
import { openStorage } from '../subgraphs/kernel/storage/storage.open.js';
import { commerce } from '../subgraphs/commerce/subgraph.js';
import { commerceDoor } from '../subgraphs/commerce/public.js';
import { complianceDoor } from '../subgraphs/compliance/public.js';
import { compliance } from '../subgraphs/compliance/subgraph.js';
import { conversationsDoor } from '../subgraphs/conversations/public.js';
import { conversations } from '../subgraphs/conversations/subgraph.js';
import { settingsPort, tenancyDoor } from '../subgraphs/tenancy/public.js';
import { tenancy } from '../subgraphs/tenancy/subgraph.js';
import { HttpGraphClient } from '../workers/graph/graph.client.js';
import { startWorkers } from '../workers/main.js';
import { startBackups } from './backup/running.backups.js';
import { triggersOf } from './composition.js';
import { CONNECTIONS, subgraphConnections } from './connections.js';
import { drillProbes } from './drill.js';
import { placesOf, preparePlaces } from './places.js';
import { platformOrigins } from './platform.origins.js';
import { monitoringOf } from './roles/monitoring.parts.js';
import { externalOf, redisOf } from './roles/outside.checks.js';
import { databaseCheck } from './roles/subgraph.role.js';
import { Started } from './started.js';
import { createDemo, demoIsThere, type DemoServices } from './demo/demo.js';

export interface PlatformOptions {
  config: Config;
  /** A login that may create roles and schemas, for every subgraph without a database of its own. */
  adminUrl: string;
  masterKey: MasterKeyPort;
  logger: Logger;
  /** One line of progress for each long step. */
  log: (line: string) => void;
  demo: boolean;
  playground?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Whose time it is in the subgraphs and at the gateway; default: that of the machine. */
  clock?: Clock;
  /** Further promises of the ready line, by name. */
  checks?: Record<string, () => Promise<boolean>>;
}

export interface Platform {
  gateway: Gateway;
  /** Drains, then closes everything this started. */
  stop(): Promise<void>;
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const started = new Started();
  return started.guard(() => start(options, started));
}

async function start(options: PlatformOptions, started: Started): Promise<Platform> {
  const { config, logger, log } = options;
  const { metrics, monitoring } = monitoringOf(config, logger, started);
  const places = placesOf(config, options.adminUrl);
  await preparePlaces(places, log);
  const keys = generateActorKeys();
  const bus = await openBus(places.bus, logger);
  started.add(() => bus.close());

  const boot = async <Services>(module: Parameters<typeof startSubgraph<Services>>[0]): Promise<RunningSubgraph<Services>> => {
    const { name } = module.definition;
    const running = await startSubgraph(module, {
      databaseUrl: places.app(name), maxConnections: subgraphConnections(name), bus, clock: options.clock ?? systemClock, logger, metrics, config,
      verifier: new ActorVerifier(keys.publicKey), masterKey: options.masterKey,
    });
    started.add(() => running.close());
    return running;
  };
  const subgraphs = {
    identity: await boot(identity), tenancy: await boot(tenancy), conversations: await boot(conversations),
    commerce: await boot(commerce), compliance: await boot(compliance),
  };
  const all: RunningSubgraph[] = Object.values(subgraphs);
  const services: DemoServices = {
    identity: subgraphs.identity.services, tenancy: subgraphs.tenancy.services,
    conversations: subgraphs.conversations.services, commerce: subgraphs.commerce.services,
    compliance: subgraphs.compliance.services,
  };
  if (options.demo && (await createDemo(services))) log('created the demo tenants');

  // Workers run before the gateway does: what they ask it waits for its address.
  const asked: { url: string | null } = { url: null };
  const workers = startWorkers({
    doors: {
      conversations: conversationsDoor(services.conversations), identity: identityDoor(services.identity), tenancy: tenancyDoor(services.tenancy),
      compliance: complianceDoor(services.compliance, drillProbes(places), new HttpGraphClient(delegationsOf(services.identity), () => asked.url), startBackups({ config, places, masterKey: options.masterKey, logger, started })),
      commerce: commerceDoor(services.commerce),
    },
    schemas: all.map(({ name, definition }) => ({ name, triggers: triggersOf(name), systemUrl: places.system(name), definition })),
    storage: openStorage(config), masterKey: options.masterKey,
    queueUrl: places.queues, connections: CONNECTIONS, bus, logger, metrics, crash: crashAt(config.crashAt),
    checkpoints: { file: config.auditCheckpointFile, url: config.auditCheckpointUrl, bucket: config.auditCheckpointBucket },
  });
  started.add(() => workers.stop());

  const promises: Record<string, () => Promise<boolean>> = {
    workers: async () => workers.healthy(),
    ...(options.demo ? { demo: () => demoIsThere(services) } : {}),
    ...options.checks,
  };
  const gateway = await startGateway({
    host: config.host, port: config.port, portShared: config.portShared, drainDelayMs: config.drainDelayMs, liveCaps: capsOf(config.liveConnections), trustedProxies: config.trustedProxies, supergraphSdl: readSchemaFile('supergraph.graphql'),
    subgraphs: Object.fromEntries(all.map((subgraph) => [subgraph.name, subgraph.port])),
    routes: {
      declarations: all.flatMap((subgraph) => subgraph.routes.declarations),
      port: (name) => {
        const owner = all.find((subgraph) => subgraph.name === name);
        if (!owner) throw new Error(`No subgraph ${name}.`);
        return owner.routes.port;
      },
    },
    authenticate: authenticatePort(services.identity), apiUsage: apiUsagePort(services.identity), settings: settingsPort(services.tenancy), platformOrigins: platformOrigins(config), actorKey: keys.privateKey, logger, metrics, monitoring, clock: options.clock ?? systemClock,
    health: {
      ready: () => Promise.all(Object.entries(promises).map(async ([name, check]) => ({ name, ok: await check() }))),
      database: () => Promise.all(all.map(databaseCheck)),
      ...await redisOf(config, ['queues', 'bus']), ...externalOf(config, started),
    },
    ...(options.playground ? { playground: options.playground } : {}),
  });
  // Who listens everywhere is called at home.
  asked.url = gateway.url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
  started.add(() => gateway.drain());
  return { gateway, stop: () => started.stop() };
}
