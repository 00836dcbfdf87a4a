// Backups of a running product: what takes them for its jobs, and what keeps the log beside them.
import type { Config } from '../../subgraphs/kernel/base/config.js';
import type { BackupPort } from '../../subgraphs/compliance/public.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import type { Places } from '../places.js';
import type { Started } from '../started.js';
import { backupPort } from './backup.port.js';
import { startLogKeeper } from './log.keeper.js';

export interface RunningBackupOptions {
  config: Config;
  places: Places;
  masterKey: MasterKeyPort;
  logger: Logger;
  started: Started;
}

/** Null where nothing is backed up: no place is named for it, or the subgraphs are on servers of their own. */
export function startBackups({ config, places, masterKey, logger, started }: RunningBackupOptions): BackupPort | null {
  const [database, another] = places.databases;
  if (!config.backups.first || !database) return null;
  if (another) {
    logger.warn('backups are configured, and subgraphs have databases of their own: nothing is backed up from here');
    return null;
  }
  const server = { adminUrl: database.adminUrl, replicationUrl: database.urls.backup, systemUrl: database.urls.system };
  const keeper = startLogKeeper({ config, masterKey, server, systemUrl: places.system('compliance'), logger });
  if (!keeper) return null;
  started.add(() => keeper.stop());
  return backupPort({ config, masterKey, server, places, logger, system: () => keeper.system });
}
