// `npm run keys -- list | rotate [--now] | retire <kid> [--now]`: the keys that access tokens are signed with.
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { createLogger } from '../../subgraphs/kernel/base/logger.js';
import { subgraphNames } from '../rover.file.js';
import { signingKeysCommand } from '../signing-keys.js';

async function main(): Promise<void> {
  const config = readConfig(undefined, subgraphNames());
  const logger = createLogger({ level: config.logLevel, destination: process.stderr });
  for (const line of await signingKeysCommand(process.argv.slice(2), config, logger)) process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
