// What both commands of backups are run by: lines, an exit code, and one sentence for what an operator can mend.
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { StorageError } from '../../subgraphs/kernel/storage/storage.js';
import { BackupError } from '../../workers/backups/backup.error.js';
import { DamagedObject } from '../../workers/backups/sealed.object.js';
import { PostgresStartError } from '../postgres/start.error.js';
import { subgraphNames } from '../rover.file.js';
import type { CommandEnd, CommandParts } from './command.parts.js';

const say = (line: string): void => { process.stdout.write(`${line}\n`); };

const MENDABLE = [ConfigError, BackupError, DamagedObject, PostgresStartError, StorageError];

/** A folder or a server that is not there says what it is. */
function isOutside(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && (syscall !== undefined || /^[0-9A-Z]{5}$/.test(code));
}

export async function runCommand(command: (args: readonly string[], parts: CommandParts) => Promise<CommandEnd>): Promise<void> {
  const ended = new Promise<void>((resolve) => { for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve()); });
  try {
    const { lines, ok } = await command(process.argv.slice(2), { config: readConfig(undefined, subgraphNames()), say, ended });
    for (const line of lines) say(line);
    process.exitCode = ok ? 0 : 1;
  } catch (error) {
    const plain = isOutside(error) || MENDABLE.some((kind) => error instanceof kind);
    process.stderr.write(`${plain ? (error as Error).message : error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
