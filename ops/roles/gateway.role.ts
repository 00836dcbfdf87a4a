// The gateway in a process of its own: subgraphs over HTTP, no database.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ActorSigner } from '../../gateway/actor.js';
import { RemoteAuthenticate } from '../../gateway/remote/remote.authenticate.js';
import { remoteRoutes } from '../../gateway/remote/remote.routes.js';
import { RemoteSettings } from '../../gateway/remote/remote.settings.js';
import { RemoteUsage } from '../../gateway/remote/remote.usage.js';
import { RemoteSubgraph } from '../../gateway/remote/remote.subgraph.js';
import { startGateway } from '../../gateway/server.js';
import { capsOf } from '../../gateway/subscriptions/live.caps.js';
import { ACTOR_HEADER, systemActor } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import type { Check } from '../../subgraphs/kernel/base/health.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import type { RouteDeclaration } from '../../subgraphs/kernel/base/subgraph-port.js';
import { platformOrigins } from '../platform.origins.js';
import { subgraphNames } from '../rover.file.js';
import type { Started } from '../started.js';
import { actorKeysOf } from './keys.js';
import { monitoringOf } from './monitoring.parts.js';

const HEALTH_MS = 2_000;
const FOREIGN_KEY = 'it does not believe this gateway: its SWITCHBOARD_ACTOR_PUBLIC_KEY is not the half of our SWITCHBOARD_ACTOR_KEY, or clocks differ by 30 s';

export interface RoleParts {
  config: Config;
  logger: Logger;
  started: Started;
}

/** Names of subgraphs and their URLs. @throws ConfigError naming every missing variable */
function urlsOf(config: Config): [string, string][] {
  const names = subgraphNames();
  const missing = names.filter((name) => !config.subgraphUrls[name]).map((name) => `${name.toUpperCase()}_URL`);
  if (missing.length > 0) throw new ConfigError(`Configuration: the gateway needs ${missing.join(', ')} (like http://127.0.0.1:4101).`);
  return names.map((name) => [name, config.subgraphUrls[name] ?? '']);
}

/** Asks one subgraph how it is, signed: a key that does not fit must show before the first client's request. */
async function ask(name: string, url: string, signer: ActorSigner): Promise<Check> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(HEALTH_MS), headers: { [ACTOR_HEADER]: signer.sign(systemActor(null)) } });
    await answer.arrayBuffer();
    return answer.status === 401 ? { name, ok: false, detail: FOREIGN_KEY } : { name, ok: answer.ok };
  } catch {
    // Unreachable is an answer too: not ready.
    return { name, ok: false };
  }
}

export async function startGatewayRole(
  { config, logger, started }: RoleParts, playground: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<string> {
  const urls = urlsOf(config);
  const keys = actorKeysOf(config);
  const { metrics, monitoring } = monitoringOf(config, logger, started);
  const clock = systemClock;
  const signer = new ActorSigner(keys.privateKey, clock);
  const remote = (name: string, url: string) => ({ name, url, signer, clock, logger, metrics });
  const subgraphs = urls.map(([name, url]) => [name, new RemoteSubgraph(remote(name, url))] as const);
  const routes = new Map(urls.map(([name, url]) => [name, remoteRoutes(remote(name, url))]));
  const authenticate = new RemoteAuthenticate(remote('identity', config.subgraphUrls['identity'] ?? ''));
  const apiUsage = new RemoteUsage(remote('identity', config.subgraphUrls['identity'] ?? ''));
  const settings = new RemoteSettings(remote('tenancy', config.subgraphUrls['tenancy'] ?? ''));
  started.add(async () => {
    for (const [, subgraph] of subgraphs) await subgraph.close();
    for (const route of routes.values()) route.close();
    authenticate.close();
    apiUsage.close();
    settings.close();
  });
  const checked = (path: string) => (): Promise<Check[]> => Promise.all(urls.map(([name, url]) => ask(name, `${url}${path}`, signer)));
  const ready = async (): Promise<Check[]> => {
    const checks = await checked('/api/ready')();
    // One subgraph down costs its fields and nothing else: this process still serves the others. A wrong key is a wrong start.
    const foreign = checks.filter(({ detail }) => detail === FOREIGN_KEY);
    return [{ name: 'subgraphs', ok: checks.some(({ ok }) => ok) }, ...foreign];
  };
  const gateway = await startGateway({
    host: config.host, port: config.port, portShared: config.portShared, drainDelayMs: config.drainDelayMs, liveCaps: capsOf(config.liveConnections), trustedProxies: config.trustedProxies, supergraphSdl: readSchemaFile('supergraph.graphql'),
    subgraphs: Object.fromEntries(subgraphs),
    routes: {
      declarations: JSON.parse(readSchemaFile('routes.json')) as RouteDeclaration[],
      port: (name) => {
        const route = routes.get(name);
        if (!route) throw new Error(`No subgraph ${name}.`);
        return route;
      },
    },
    authenticate, apiUsage, settings, platformOrigins: platformOrigins(config), actorKey: keys.privateKey, logger, metrics, monitoring, clock, playground,
    health: { ready, database: checked('/api/health/database'), redis: checked('/api/health/redis') },
  });
  for (const { name, detail } of (await ready()).filter((check) => check.detail)) logger.error({ subgraph: name }, `the subgraph ${name}: ${detail}`);
  const reload = (): void => {
    try {
      gateway.load(readSchemaFile('supergraph.graphql'));
      logger.info('the supergraph was read anew');
    } catch (error) {
      logger.error({ err: error }, 'the supergraph cannot be read anew: the one there is stays');
    }
  };
  process.on('SIGHUP', reload);
  started.add(async () => { process.off('SIGHUP', reload); });
  started.add(() => gateway.drain());
  return `${gateway.url}/graphql`;
}
