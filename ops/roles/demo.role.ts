// Creates the demo tenants in the databases of the environment, once, and ends. For trying the roles out; never in production.
import { commerce } from '../../subgraphs/commerce/subgraph.js';
import { compliance } from '../../subgraphs/compliance/subgraph.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import { ActorVerifier, generateActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { ConfigError } from '../../subgraphs/kernel/base/config.js';
import { startSubgraph, type SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { openBus } from '../../subgraphs/kernel/messaging/bus.open.js';
import { tenancy } from '../../subgraphs/tenancy/subgraph.js';
import { subgraphConnections } from '../connections.js';
import { createDemo } from '../demo/demo.js';
import { placesOf } from '../places.js';
import type { RoleParts } from './gateway.role.js';
import { masterKeyOf } from './keys.js';

/** @returns true when something was created */
export async function runDemoRole({ config, logger, started }: RoleParts): Promise<boolean> {
  if (config.production) throw new ConfigError('The demo has known passwords: it is refused when NODE_ENV is "production".');
  const places = placesOf(config, config.databaseUrl);
  const masterKey = await masterKeyOf(config, false);
  const bus = await openBus(places.bus, logger);
  started.add(() => bus.close());
  const verifier = new ActorVerifier(generateActorKeys().publicKey);
  const servicesOf = async <Services>(module: SubgraphModule<Services>): Promise<Services> => {
    const { name } = module.definition;
    const running = await startSubgraph(module, {
      databaseUrl: places.app(name), maxConnections: subgraphConnections(name), bus, clock: systemClock, logger, config, verifier, masterKey,
    });
    started.add(() => running.close());
    return running.services;
  };
  return createDemo({
    identity: await servicesOf(identity), tenancy: await servicesOf(tenancy),
    conversations: await servicesOf(conversations), commerce: await servicesOf(commerce),
    compliance: await servicesOf(compliance),
  });
}
