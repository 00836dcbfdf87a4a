// `npm run keys -- list | rotate [--now] | retire <kid> [--now]`: the keys that access tokens are signed with; `list-audit | rotate-audit`: those of the audit log.
import { auditKeysCommand, isAboutAuditKeys } from '../audit-keys.js';
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { createLogger } from '../../subgraphs/kernel/base/logger.js';
import { subgraphNames } from '../rover.file.js';
import { signingKeysCommand } from '../signing-keys.js';

async function main(): Promise<void> {
  const config = readConfig(undefined, subgraphNames());
  const logger = createLogger({ level: config.logLevel, destination: process.stderr });
  const args = process.argv.slice(2);
  const command = isAboutAuditKeys(args) ? auditKeysCommand : signingKeysCommand;
  for (const line of await command(args, config, logger)) process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
