// The keys of access tokens from the command line: list, rotate, retire.
import { identity } from '../subgraphs/identity/subgraph.js';
import { SigningKeyRefusal, type ListedKey, type SigningKeyRotation } from '../subgraphs/identity/signing-key/signing-key.rotation.js';
import { ActorVerifier, generateActorKeys } from '../subgraphs/kernel/base/actor.js';
import { systemClock } from '../subgraphs/kernel/base/clock.js';
import { ConfigError, type Config } from '../subgraphs/kernel/base/config.js';
import { isUuid } from '../subgraphs/kernel/base/ids.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { startSubgraph } from '../subgraphs/kernel/graphql/boot.js';
import { openBus } from '../subgraphs/kernel/messaging/bus.open.js';
import { placesOf } from './places.js';
import { embeddedUrl } from './postgres/embedded.url.js';
import { masterKeyOf } from './roles/keys.js';
import { Started } from './started.js';

const NAME = identity.definition.name;
const USAGE = 'npm run keys -- list | rotate [--now] | retire <kid> [--now]';

/** @returns lines to show. @throws ConfigError in one sentence for what an operator can mend */
export async function signingKeysCommand(args: readonly string[], config: Config, logger: Logger): Promise<string[]> {
  const wish = wishOf(args);
  const url = config.databaseUrls[NAME] ?? config.databaseUrl ?? await embeddedUrl(config.dataDir);
  if (url === null) throw new ConfigError('The embedded database does not run: start the product first, or set DATABASE_URL.');
  const started = new Started();
  try {
    const places = placesOf(config, url, [NAME]);
    const bus = await openBus(places.bus, logger);
    started.add(() => bus.close());
    const running = await startSubgraph(identity, {
      databaseUrl: places.app(NAME), maxConnections: 2, bus, clock: systemClock, logger, config,
      verifier: new ActorVerifier(generateActorKeys().publicKey), masterKey: masterKeyOf(config, config.databaseUrl === undefined),
    });
    started.add(() => running.close());
    return await wish(running.services.keyRotation);
  } catch (error) {
    throw error instanceof SigningKeyRefusal ? new ConfigError(error.message) : error;
  } finally {
    await started.stop();
  }
}

function wishOf(args: readonly string[]): (rotation: SigningKeyRotation) => Promise<string[]> {
  const now = args.includes('--now');
  const [verb, kid, ...rest] = args.filter((arg) => arg !== '--now');
  if (verb === 'list' && kid === undefined && !now) return async (rotation) => (await rotation.list()).map(lineOf);
  if (verb === 'rotate' && kid === undefined) {
    return async (rotation) => {
      const made = await rotation.rotate(now);
      return [`published ${made.kid}; it signs from ${made.activatesAt.toISOString()}`];
    };
  }
  if (verb === 'retire' && kid !== undefined && isUuid(kid) && rest.length === 0) {
    return async (rotation) => {
      await rotation.retire(kid, now);
      return [`retired ${kid}; gateways forget it within two minutes`];
    };
  }
  throw new ConfigError(`Usage: ${USAGE}`);
}

const lineOf = ({ kid, state, createdAt, activatesAt, retiredAt, verifiesUntil }: ListedKey): string => {
  const facts = [`made ${createdAt.toISOString()}`, `signs from ${activatesAt.toISOString()}`];
  if (verifiesUntil) facts.push(`may be retired from ${verifiesUntil.toISOString()}`);
  if (retiredAt) facts.push(`retired ${retiredAt.toISOString()}`);
  return `${kid}  ${state.padEnd(9)}  ${facts.join(', ')}`;
};
