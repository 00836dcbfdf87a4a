// Starts a subgraph value: database, self-test, services, schema, routes. One process or many only differ in who calls this.
import type { ActorVerifier } from '../base/actor.js';
import type { Clock } from '../base/clock.js';
import type { Config } from '../base/config.js';
import { crashAt } from '../base/crash-points.js';
import type { Logger } from '../base/logger.js';
import type { Metrics } from '../base/metrics.js';
import type { RouteDeclaration, RoutePort, SubgraphPort } from '../base/subgraph-port.js';
import { Envelope } from '../crypto/envelope.js';
import type { MasterKeyPort } from '../crypto/master-key.js';
import { Database } from '../data/database.js';
import { KERNEL_PLATFORM_TABLES } from '../data/kernel-tables.js';
import { assertIsolation } from '../data/self-test.js';
import type { Bus } from '../messaging/bus.js';
import { FeedHub } from '../messaging/feed.js';
import { MomentHub } from '../messaging/moments.js';
import type { UnitOfWorkDeps } from '../messaging/unit-of-work.js';
import { federate } from './federate.js';
import { KeyRotation } from './key-rotation.js';
import { SubgraphServer } from './server.js';
import type { RouteHandler, SubgraphDefinition } from './subgraph.js';

/** What a subgraph's services are built from. */
export interface SubgraphDeps {
  unit: UnitOfWorkDeps;
  database: Database;
  envelope: Envelope;
  keyRotation: KeyRotation;
  feed: FeedHub;
  moments: MomentHub;
  clock: Clock;
  logger: Logger;
  config: Config;
}

/** What a subgraph's `subgraph.ts` exports. */
export interface SubgraphModule<Services = unknown> {
  definition: SubgraphDefinition;
  services(deps: SubgraphDeps): Services;
  /** What must be true of its database before it serves. Every process does it at its start, several at once too. */
  prepare?(services: Services, deps: SubgraphDeps): Promise<void>;
  /** A handler for each declared route, by name. */
  routes(services: Services): Record<string, RouteHandler>;
}

export interface BootOptions {
  /** Login of the subgraph's app role. */
  databaseUrl: string;
  maxConnections: number;
  bus: Bus;
  clock: Clock;
  logger: Logger;
  metrics?: Metrics;
  config: Config;
  verifier: ActorVerifier;
  masterKey: MasterKeyPort;
}

export interface RunningSubgraph<Services = unknown> {
  name: string;
  definition: SubgraphDefinition;
  services: Services;
  database: Database;
  sdl: string;
  port: SubgraphPort;
  routes: { declarations: RouteDeclaration[]; port: RoutePort };
  close(): Promise<void>;
}

/** @throws IsolationError when the database would not keep tenants apart */
export async function startSubgraph<Services>(module: SubgraphModule<Services>, options: BootOptions): Promise<RunningSubgraph<Services>> {
  const { definition } = module;
  const { name } = definition;
  const logger = options.logger.child({ subgraph: name });
  const database = await Database.open({
    url: options.databaseUrl, name, entities: definition.entities, maxConnections: options.maxConnections, logger, metrics: options.metrics,
  });
  try {
    await assertIsolation(database.pool, {
      schema: name, platformTables: [...KERNEL_PLATFORM_TABLES, ...definition.platformTables],
      personalTables: definition.personalTables, definerFunctions: definition.definerFunctions,
      systemFunctions: definition.systemFunctions,
    });
    const { bus, clock, config } = options;
    const envelope = new Envelope(name, options.masterKey);
    const unit: UnitOfWorkDeps = {
      schema: name, database, bus, clock, ids: definition.ids, classes: definition.classes ?? {},
      auditKey: (tx, tenant) => envelope.derivedKey(tx, tenant, 'audit'), crash: crashAt(config.crashAt),
    };
    const [feed, moments] = [new FeedHub(name, database, bus), new MomentHub(name, bus, logger)];
    const keyRotation = new KeyRotation({ unit, envelope, clock, logger, sealed: definition.sealed ?? [], keyDays: config.tenantKeyDays });
    const deps: SubgraphDeps = { unit, database, envelope, keyRotation, feed, moments, clock, logger, config };
    const services = module.services(deps);
    await module.prepare?.(services, deps);
    const { schema, sdl } = await federate(definition, services);
    const handlers = module.routes(services);
    for (const route of definition.routes) if (!handlers[route.name]) throw new Error(`${name}: route ${route.name} has no handler.`);
    return {
      name, definition, services, database, sdl,
      port: new SubgraphServer({ ...unit, schemaDocument: schema, verifier: options.verifier, logger, services }),
      routes: {
        declarations: definition.routes.map((route) => ({ ...route, subgraph: name })),
        port: {
          handle: async (route, request) => {
            const handler = handlers[route];
            return handler ? handler(request) : { status: 404 };
          },
        },
      },
      close: async () => {
        feed.close();
        moments.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
