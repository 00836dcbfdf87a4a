// One subgraph without anybody who asks it, for commands: on the database of a product that runs or of the configuration.
import { ActorVerifier, generateActorKeys } from '../subgraphs/kernel/base/actor.js';
import { systemClock } from '../subgraphs/kernel/base/clock.js';
import { ConfigError, type Config } from '../subgraphs/kernel/base/config.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { startSubgraph, type SubgraphModule } from '../subgraphs/kernel/graphql/boot.js';
import { openBus } from '../subgraphs/kernel/messaging/bus.open.js';
import { placesOf } from './places.js';
import { embeddedUrl } from './postgres/embedded.url.js';
import { masterKeyOf } from './roles/keys.js';
import { Started } from './started.js';

/** @throws ConfigError in one sentence for what an operator can mend */
export async function withSubgraph<Services, T>(
  module: SubgraphModule<Services>, config: Config, logger: Logger, work: (services: Services) => Promise<T>,
): Promise<T> {
  const { name } = module.definition;
  const url = config.databaseUrls[name] ?? config.databaseUrl ?? await embeddedUrl(config.dataDir);
  if (url === null) throw new ConfigError('The embedded database does not run: start the product first, or set DATABASE_URL.');
  const started = new Started();
  try {
    const places = placesOf(config, url, [name]);
    const bus = await openBus(places.bus, logger);
    started.add(() => bus.close());
    const running = await startSubgraph(module, {
      databaseUrl: places.app(name), maxConnections: 2, bus, clock: systemClock, logger, config,
      verifier: new ActorVerifier(generateActorKeys().publicKey), masterKey: await masterKeyOf(config, config.databaseUrl === undefined),
    });
    started.add(() => running.close());
    return await work(running.services);
  } finally {
    await started.stop();
  }
}
