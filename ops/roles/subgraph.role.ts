// One subgraph in a process of its own, for gateways to ask over HTTP.
import { apiUsagePort, authenticatePort } from '../../subgraphs/identity/public.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import type { IdentityServices } from '../../subgraphs/identity/services.js';
import { ActorVerifier } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { tried, type Check, type HealthChecks } from '../../subgraphs/kernel/base/health.js';
import { startSubgraph, type RunningSubgraph, type SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { serveSubgraph } from '../../subgraphs/kernel/graphql/http/listener.js';
import { openBus } from '../../subgraphs/kernel/messaging/bus.open.js';
import { modules } from '../composition.js';
import { subgraphConnections } from '../connections.js';
import { placesOf } from '../places.js';
import type { RoleParts } from './gateway.role.js';
import { actorPublicKeyOf, masterKeyOf } from './keys.js';
import { monitoringOf } from './monitoring.parts.js';
import { redisOf } from './outside.checks.js';

/** Health of a process that runs one subgraph's services. */
const healthOf = (subgraph: RunningSubgraph): HealthChecks => {
  const check = async (): Promise<Check[]> => [await databaseCheck(subgraph)];
  return { ready: check, database: check };
};

/** Whether the subgraph's own pool reaches its database. */
export const databaseCheck = ({ name, database }: RunningSubgraph): Promise<Check> => tried(name, () => database.pool.query('select 1'));

const identityPorts = (services: IdentityServices) => ({ authenticate: authenticatePort(services), apiUsage: apiUsagePort(services) });

export async function startSubgraphRole({ config, logger, started }: RoleParts, name: string): Promise<string> {
  const module = modules.find((one) => one.definition.name === name) as SubgraphModule | undefined;
  if (!module) throw new Error(`No subgraph ${name}.`);
  const verifier = new ActorVerifier(actorPublicKeyOf(config));
  const masterKey = await masterKeyOf(config, false);
  const places = placesOf(config, config.databaseUrl, [name]);
  const { metrics, monitoring } = monitoringOf(config, logger, started);
  const bus = await openBus(places.bus, logger);
  started.add(() => bus.close());
  const running = await startSubgraph(module, {
    databaseUrl: places.app(name), maxConnections: subgraphConnections(name), bus, clock: systemClock, logger, metrics, config, verifier, masterKey,
  });
  started.add(() => running.close());
  const listener = await serveSubgraph(running, {
    host: config.host, port: config.port, portShared: config.portShared, drainDelayMs: config.drainDelayMs, verifier, clock: systemClock, logger, metrics, monitoring,
    health: { ...healthOf(running), ...await redisOf(config, ['bus']) },
    ...(name === identity.definition.name ? { extra: identityPorts(running.services as IdentityServices) } : {}),
  });
  started.add(() => listener.drain());
  return listener.url;
}
