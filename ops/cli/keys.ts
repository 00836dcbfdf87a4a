// `npm run keys -- list | rotate [--now] | retire <kid> [--now]`: the keys that access tokens are signed with; `list-audit | rotate-audit`: those of the audit log; `rewrap`: data keys under a new master key.
import { auditKeysCommand, isAboutAuditKeys } from '../audit-keys.js';
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { createLogger } from '../../subgraphs/kernel/base/logger.js';
import { subgraphNames } from '../rover.file.js';
import { isAboutMasterKeys, masterKeysCommand } from '../master-keys.js';
import { signingKeysCommand } from '../signing-keys.js';

async function main(): Promise<void> {
  const config = readConfig(undefined, subgraphNames());
  const logger = createLogger({ level: config.logLevel, destination: process.stderr });
  const args = process.argv.slice(2);
  const say = (line: string): void => { process.stdout.write(`${line}\n`); };
  const command = isAboutAuditKeys(args) ? auditKeysCommand : signingKeysCommand;
  const lines = isAboutMasterKeys(args) ? await masterKeysCommand(args, config, say) : await command(args, config, logger);
  for (const line of lines) say(line);
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
