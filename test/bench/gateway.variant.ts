// One variant of the gateway benchmark in a process of its own, or the subgraphs that those over HTTP ask.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { ActorSigner, Authenticator } from '../../gateway/actor.js';
import { RemoteAuthenticate } from '../../gateway/remote/remote.authenticate.js';
import { RemoteSubgraph } from '../../gateway/remote/remote.subgraph.js';
import { startGateway } from '../../gateway/server.js';
import { authenticatePort } from '../../subgraphs/identity/public.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import type { SettingsPort } from '../../subgraphs/kernel/base/settings-port.js';
import type { AuthenticatePort, SubgraphPort } from '../../subgraphs/kernel/base/subgraph-port.js';
import { serveSubgraph } from '../../subgraphs/kernel/graphql/http/listener.js';
import { Started } from '../../ops/started.js';
import { serveParent } from './child.js';
import { merged, stockLocal, stockRemote } from './gateway.stock.js';
import { startSubgraphs, type BenchSubgraphs } from './gateway.world.js';

export type Variant = 'ours, in process' | 'ours, over HTTP' | 'stock, LocalGraphQLDataSource' | 'stock, RemoteGraphQLDataSource' | 'one schema, no federation';

export interface VariantSettings {
  adminUrl: string;
  /** PEM of the key that signs actors. */
  actorKey: string;
  /** Of the subgraphs' listeners, by name; empty for what has its subgraphs in process. */
  urls: Record<string, string>;
}

/** No tenant here has set anything. */
const NOTHING_SET: SettingsPort = {
  settings: async () => ({ ipAllow: [], ipDeny: [], origins: [], perMinute: { person: null, apiKey: null }, apiKeys: true, live: true, maintenance: null, windows: [] }),
  knowsOrigin: async () => false,
  announced: async () => [],
  changes: async () => ({ cursor: '', changes: [] }),
};
const { logger, clock } = { logger: silentLogger, clock: systemClock };
const started = new Started();

async function inProcess({ adminUrl, actorKey }: VariantSettings): Promise<BenchSubgraphs> {
  const subgraphs = await startSubgraphs(adminUrl, createPublicKey(actorKey));
  started.add(() => subgraphs.close());
  return subgraphs;
}

/** @returns where they listen, by name */
async function serveSubgraphs(settings: VariantSettings): Promise<Record<string, string>> {
  const { all, identity, verifier } = await inProcess(settings);
  const urls: Record<string, string> = {};
  for (const running of all) {
    const listener = await serveSubgraph(running, {
      host: '127.0.0.1', port: 0, verifier, clock, logger, health: { ready: async () => [], database: async () => [] },
      ...(running.name === identity.name ? { extra: { authenticate: authenticatePort(identity.services) } } : {}),
    });
    started.add(() => listener.drain());
    urls[running.name] = listener.url;
  }
  return urls;
}

/** @returns where clients ask it */
async function startVariant({ variant, settings }: { variant: Variant; settings: VariantSettings }): Promise<string> {
  const actorKey = createPrivateKey(settings.actorKey);
  const signer = new ActorSigner(actorKey, clock);
  const metrics = new Metrics();
  const remote = (name: string) => ({ name, url: settings.urls[name] ?? '', signer, logger, metrics, clock });
  const remoteAuthenticate = (): RemoteAuthenticate => {
    const port = new RemoteAuthenticate(remote('identity'));
    started.add(async () => port.close());
    return port;
  };
  const ours = async (subgraphs: Record<string, SubgraphPort>, authenticate: AuthenticatePort): Promise<string> => {
    const gateway = await startGateway({
      host: '127.0.0.1', port: 0, supergraphSdl: readSchemaFile('supergraph.graphql'), subgraphs, authenticate, apiUsage: { report: async () => undefined }, settings: NOTHING_SET, actorKey, logger, metrics, clock,
      routes: { declarations: [], port: (name) => { throw new Error(`${name} has no routes here.`); } },
      health: { ready: async () => [], database: async () => [] },
    });
    started.add(() => gateway.drain());
    return `${gateway.url}/graphql`;
  };
  const authenticator = (port: AuthenticatePort): Authenticator => {
    const made = new Authenticator(port, clock);
    made.follower.start();
    started.add(() => made.follower.stop());
    return made;
  };
  const apollo = ({ url, stop }: { url: string; stop: () => Promise<void> }): string => {
    started.add(stop);
    return url;
  };
  if (variant === 'ours, over HTTP') {
    const subgraphs = Object.keys(settings.urls).map((name) => [name, new RemoteSubgraph(remote(name))] as const);
    for (const [, subgraph] of subgraphs) started.add(() => subgraph.close());
    return ours(Object.fromEntries(subgraphs), remoteAuthenticate());
  }
  if (variant === 'stock, RemoteGraphQLDataSource') return apollo(await stockRemote(settings.urls, authenticator(remoteAuthenticate()), signer));
  const subgraphs = await inProcess(settings);
  const authenticate = authenticatePort(subgraphs.identity.services);
  if (variant === 'ours, in process') return ours(Object.fromEntries(subgraphs.all.map(({ name, port }) => [name, port])), authenticate);
  const build = variant === 'stock, LocalGraphQLDataSource' ? stockLocal : merged;
  return apollo(await build(subgraphs, authenticator(authenticate)));
}

// Both libraries report to their vendor unless told otherwise.
process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
serveParent({ subgraphs: serveSubgraphs, start: startVariant, stop: () => started.stop() });
