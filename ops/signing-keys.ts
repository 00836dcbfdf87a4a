// The keys of access tokens from the command line: list, rotate, retire.
import { identity } from '../subgraphs/identity/subgraph.js';
import { SigningKeyRefusal, type ListedKey, type SigningKeyRotation } from '../subgraphs/identity/signing-key/signing-key.rotation.js';
import { ConfigError, type Config } from '../subgraphs/kernel/base/config.js';
import { isUuid } from '../subgraphs/kernel/base/ids.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { withSubgraph } from './one-subgraph.js';

export const USAGE = 'npm run keys -- list | rotate [--now] | retire <kid> [--now] | list-audit | rotate-audit | rewrap';

/** @returns lines to show. @throws ConfigError in one sentence for what an operator can mend */
export async function signingKeysCommand(args: readonly string[], config: Config, logger: Logger): Promise<string[]> {
  const wish = wishOf(args);
  try {
    return await withSubgraph(identity, config, logger, ({ keyRotation }) => wish(keyRotation));
  } catch (error) {
    throw error instanceof SigningKeyRefusal ? new ConfigError(error.message) : error;
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
