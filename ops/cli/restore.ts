// `npm run restore`: see `RESTORE_USAGE`. One sentence and exit code 1 for what an operator can mend.
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { BackupError } from '../../workers/backups/backup.error.js';
import { StorageError } from '../../subgraphs/kernel/storage/storage.js';
import { DamagedObject } from '../../workers/backups/sealed.object.js';
import { restoreCommand } from '../backup/restore.command.js';
import { PostgresStartError } from '../postgres/start.error.js';
import { subgraphNames } from '../rover.file.js';

const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const ended = new Promise<void>((resolve) => { for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve()); });

Promise.resolve().then(() => restoreCommand(process.argv.slice(2), { config: readConfig(undefined, subgraphNames()), say, ended })).then(({ lines, ok }) => {
  for (const line of lines) say(line);
  process.exitCode = ok ? 0 : 1;
}).catch((error: unknown) => {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  // A folder or a server that is not there says what it is.
  const outside = code !== undefined && (syscall !== undefined || /^[0-9A-Z]{5}$/.test(code));
  const plain = outside || error instanceof ConfigError || error instanceof BackupError || error instanceof DamagedObject || error instanceof PostgresStartError || error instanceof StorageError;
  process.stderr.write(`${plain ? (error as Error).message : error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
  process.exitCode = 1;
});
