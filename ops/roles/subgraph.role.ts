// One subgraph in a process of its own, for gateways to ask over HTTP.
import { apiUsagePort, authenticatePort } from '../../subgraphs/identity/public.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import type { IdentityServices } from '../../subgraphs/identity/services.js';
import { ActorVerifier } from '../../subgraphs/kernel/base/actor.js';
import { settingsPort } from '../../subgraphs/tenancy/public.js';
import { tenancy, type TenancyServices } from '../../subgraphs/tenancy/subgraph.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { tried, type Check, type HealthChecks } from '../../subgraphs/kernel/base/health.js';
import { startSubgraph, type RunningSubgraph, type SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { serveSubgraph, type ListenerOptions } from '../../subgraphs/kernel/graphql/http/listener.js';
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

/** What gateways ask of a subgraph besides the graph. */
function portsOf({ name, services }: RunningSubgraph): ListenerOptions['extra'] {
  if (name === identity.definition.name) {
    const of = services as IdentityServices;
    return { authenticate: authenticatePort(of), apiUsage: apiUsagePort(of) };
  }
  return name === tenancy.definition.name ? { settings: settingsPort(services as TenancyServices) } : {};
}

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
    extra: portsOf(running),
  });
  started.add(() => listener.drain());
  return listener.url;
}
