// For tests: the two tiny subgraphs behind listeners of their own, and a gateway that knows them by URL alone.
import { ActorVerifier } from '../../subgraphs/kernel/base/actor.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { serveSubgraph, type SubgraphListener } from '../../subgraphs/kernel/graphql/http/listener.js';
import { ActorSigner } from '../actor.js';
import type { GatewayOptions } from '../server.js';
import type { World } from '../world.fixture.js';
import { RemoteAuthenticate } from './remote.authenticate.js';
import { remoteRoutes } from './remote.routes.js';
import { RemoteSettings } from './remote.settings.js';
import { RemoteSubgraph } from './remote.subgraph.js';
import { Wire } from './wire.fixture.js';

export type Name = 'people' | 'shop';
const NAMES: readonly Name[] = ['people', 'shop'];

export interface ServedWorld {
  listeners: Record<Name, SubgraphListener>;
  wires: Record<Name, Wire>;
  ports: Record<Name, RemoteSubgraph>;
  authenticate: RemoteAuthenticate;
  settings: RemoteSettings;
  /** What makes a gateway of the world remote. */
  options: Pick<GatewayOptions, 'subgraphs' | 'routes' | 'authenticate' | 'settings'>;
  /** Of the gateway's side. */
  metrics: Metrics;
  /** Takes a port again after its listener has drained. */
  restart(name: Name): Promise<void>;
  stop(): Promise<void>;
}

/** Serves what `world` holds now: declare routes first. */
export async function serveWorld(world: World, { timeoutMs }: { timeoutMs?: number } = {}): Promise<ServedWorld> {
  const verifier = new ActorVerifier(world.actorKeys.publicKey);
  const signer = new ActorSigner(world.actorKeys.privateKey, world.clock);
  const metrics = new Metrics();
  const { clock, logger } = world;
  const listen = (name: Name, port = 0): Promise<SubgraphListener> => {
    const served = world.ports[name];
    if (!served) throw new Error(`No subgraph ${name}`);
    return serveSubgraph({
      name, port: served, routes: { declarations: world.routes.filter(({ subgraph }) => subgraph === name), port: world.routePort },
    }, {
      host: '127.0.0.1', port, verifier, clock, logger,
      health: { ready: async () => [{ name, ok: world.ready }], database: async () => [] },
      extra: name === 'people' ? { authenticate: world.authenticate, settings: world.settings } : {},
    });
  };
  const listeners = { people: await listen('people'), shop: await listen('shop') };
  const wires = {
    people: await new Wire(() => listeners.people.port).mend(), shop: await new Wire(() => listeners.shop.port).mend(),
  };
  const remote = (name: Name) => ({ name, url: wires[name].url, signer, logger, metrics, clock, ...(timeoutMs ? { timeoutMs } : {}) });
  const ports = { people: new RemoteSubgraph(remote('people')), shop: new RemoteSubgraph(remote('shop')) };
  const routes = { people: remoteRoutes(remote('people')), shop: remoteRoutes(remote('shop')) };
  const authenticate = new RemoteAuthenticate(remote('people'));
  const settings = new RemoteSettings(remote('people'));
  return {
    listeners, wires, ports, authenticate, settings, metrics,
    options: {
      subgraphs: ports, authenticate, settings,
      routes: { declarations: world.routes, port: (name) => routes[name === 'people' ? 'people' : 'shop'] },
    },
    restart: async (name) => { listeners[name] = await listen(name, listeners[name].port); },
    stop: async () => {
      authenticate.close();
      settings.close();
      for (const name of NAMES) {
        await ports[name].close();
        routes[name].close();
        await listeners[name].drain();
        await wires[name].cut();
      }
    },
  };
}
