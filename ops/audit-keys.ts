// The keys that checkpoints of the audit log are signed with, from the command line: list and rotate.
import { compliance } from '../subgraphs/compliance/subgraph.js';
import { ConfigError, type Config } from '../subgraphs/kernel/base/config.js';
import { encodeId } from '../subgraphs/kernel/base/ids.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { LogKeyService } from '../subgraphs/compliance/log/log-key.service.js';
import { withSubgraph } from './one-subgraph.js';
import { USAGE } from './signing-keys.js';

const WISHES: Readonly<Record<string, (keys: LogKeyService) => Promise<string[]>>> = {
  'list-audit': async (keys) => (await keys.list()).map(({ id, publicKey, createdAt, endorsedBy }) =>
    `${encodeId('akey', id)}  ${publicKey.toString('base64')}  made ${createdAt.toISOString()}${endorsedBy === null ? '' : `, endorsed by ${encodeId('akey', endorsedBy)}`}`),
  'rotate-audit': async (keys) => [`made ${encodeId('akey', await keys.rotate())}, endorsed by the key before; it signs everywhere within a minute`],
};

/** Whether these arguments are about the keys of the audit log. */
export const isAboutAuditKeys = ([verb = '']: readonly string[]): boolean => verb in WISHES;

/** @returns lines to show. @throws ConfigError in one sentence for what an operator can mend */
export async function auditKeysCommand([verb = '', ...rest]: readonly string[], config: Config, logger: Logger): Promise<string[]> {
  const wish = WISHES[verb];
  if (!wish || rest.length > 0) throw new ConfigError(`Usage: ${USAGE}`);
  return withSubgraph(compliance, config, logger, ({ logKeys }) => wish(logKeys));
}
