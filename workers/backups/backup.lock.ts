// One at a time takes a backup of a server, or lets go what backups no longer need.
import { Client } from 'pg';
import { BackupError } from './backup.error.js';

// 7_316_202 and those beside it are of roles and migrations.
const BACKUP_LOCK = 7_316_240;

/** @param work gets the connection that holds the lock @throws BackupError while another process holds it */
export async function withBackupLock<T>(adminUrl: string, onLost: (error: Error) => void, work: (holder: Client) => Promise<T>): Promise<T> {
  const holder = new Client({ connectionString: adminUrl, application_name: 'switchboard:backup', keepAlive: true, connectionTimeoutMillis: 10_000 });
  holder.on('error', onLost);
  await holder.connect();
  try {
    const { rows: [lock] } = await holder.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [BACKUP_LOCK]);
    if (!lock?.taken) throw new BackupError('A backup of this server is being taken already: wait until it has ended.');
    return await work(holder);
  } finally {
    await holder.end();
  }
}
