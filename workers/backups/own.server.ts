// A place has the backups and the log of one server. Those of another have the same names: a product that is begun anew in the place of one that was lost would write over the log that could bring it back.
import { BackupError } from './backup.error.js';
import { listBackups } from './manifest.js';
import type { ServerIdentity } from './replication.js';
import type { Repository } from './repository.js';

export const SERVER = 'server.json';

/** Before anything of a server is kept. It is the same after a restore, and another after `initdb` or `pg_upgrade`. @throws BackupError */
export async function assertOwnServer(repository: Repository, { systemIdentifier }: Pick<ServerIdentity, 'systemIdentifier'>): Promise<void> {
  const known = await repository.getSigned(SERVER);
  const own = known === null ? (await listBackups(repository)).whole.at(-1)?.server.systemIdentifier ?? systemIdentifier : (JSON.parse(known) as { systemIdentifier: string }).systemIdentifier;
  if (own !== systemIdentifier) {
    throw new BackupError('The backups in this place are of another server, whose log would be lost if that of this one were written beside it: restore it from there (npm run restore), or name another place for this one.');
  }
  if (known === null) await repository.putSigned(SERVER, JSON.stringify({ systemIdentifier }));
}
