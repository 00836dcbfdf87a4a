// Follows the log of a restored cluster with PostgreSQL's own programs, behind a socket that only their account can reach.
import { chmod, chown, lchown, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../../workers/backups/backup.error.js';
import type { RecoverOptions, RecoveredServer, RecoveryPort, RecoveryStop } from '../../workers/backups/recovery.port.js';
import { blockedAt, serverAccount, type Account } from '../postgres/account.js';
import { prepareBinaries, type Binaries } from '../postgres/binaries.js';
import { answerOf, launch, stopPostmaster } from '../postgres/postmaster.js';

/** Of a folder that belongs to nobody in particular. */
const PORT = 5432;
const LATE = /recovery ended before configured recovery target was reached/;

/** @param folder where programs are copied to when the server's account cannot run them where they are */
export async function localRecovery(folder: string, log: (line: string) => void): Promise<RecoveryPort> {
  const account = await serverAccount();
  const binaries = await prepareBinaries({ dataDir: folder, account, log });
  return {
    major: 18,
    scratch: async () => {
      const scratch = await mkdtemp(join(tmpdir(), 'switchboard-scratch-'));
      const blocked = account && await blockedAt(tmpdir(), account);
      if (blocked) throw new BackupError(`PostgreSQL runs as user ${account.name}, who cannot enter ${blocked}: set TMPDIR to a folder that it can.`);
      await chmod(scratch, 0o711);
      return { folder: scratch, remove: () => rm(scratch, { recursive: true, force: true, maxRetries: 5 }) };
    },
    recover: (options) => recover(options, binaries, account, log),
  };
}

async function recover(options: RecoverOptions, binaries: Binaries, account: Account | undefined, log: (line: string) => void): Promise<RecoveredServer> {
  const { cluster } = options;
  await writeFile(join(cluster, 'recovery.signal'), '', { mode: 0o600 });
  const private_ = await mkdtemp(join(tmpdir(), 'switchboard-socket-'));
  const hba = join(private_, 'hba.conf');
  // Nobody but this account can enter the folder, so that nobody needs a password, which may be lost with the machine.
  await writeFile(hba, 'local all all trust\n', { mode: 0o600 });
  await give(cluster, account);
  await give(private_, account);
  const tablespaces = join(cluster, '..', 'tablespaces');
  await give(tablespaces, account).catch((error: NodeJS.ErrnoException) => { if (error.code !== 'ENOENT') throw error; });
  const remove = (): Promise<void> => rm(private_, { recursive: true, force: true });
  const url = (database: string): string => `postgres://postgres@${encodeURIComponent(private_)}:${PORT}/${encodeURIComponent(database)}`;
  try {
    const stop = await started(options, options.stop, { binaries, account, hba, socket: private_, url: url('postgres'), log })
      // Nothing was committed between the moment that is wanted and the end of the log: the end is that moment.
      ?? await started(options, { kind: 'latest' }, { binaries, account, hba, socket: private_, url: url('postgres'), log });
    if (!stop) throw new BackupError(`PostgreSQL could not follow the log in ${cluster}.`);
    return { url, stop: async () => { await stop(); await remove(); } };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface Around { binaries: Binaries; account: Account | undefined; hba: string; socket: string; url: string; log: (line: string) => void }

/** @returns how to stop it; null when the log ends before the moment that is wanted @throws BackupError */
async function started({ cluster, timeline, scratch }: RecoverOptions, stop: RecoveryStop, { binaries, account, hba, socket, url, log }: Around): Promise<(() => Promise<void>) | null> {
  const startFile = join(socket, 'start.log');
  await rm(startFile, { force: true });
  const args = argumentsOf({ cluster, timeline, scratch }, stop, hba, socket);
  const server = await launch({ binaries, args, cluster, startFile, account });
  const end = (): Promise<void> => stopPostmaster(server.process, binaries.pgCtl, log);
  for (;;) {
    if (await answerOf(url) === 'ready') return end;
    if (server.exit() !== undefined) break;
    await sleep(50);
  }
  const said = await readFile(startFile, 'utf8');
  if (stop.kind === 'time' && LATE.test(said)) return null;
  const fatal = said.split('\n').filter((text) => /FATAL|PANIC/.test(text) && !/starting up|not yet accepting/.test(text)).at(-1);
  throw new BackupError(`PostgreSQL could not follow the log: ${fatal?.replace(/^.*?(?:FATAL|PANIC):\s*/, '') ?? (said.trim().split('\n').at(-1) || 'it said nothing')}.`);
}

function argumentsOf({ cluster, timeline, scratch }: Pick<RecoverOptions, 'cluster' | 'timeline' | 'scratch'>, stop: RecoveryStop, hba: string, socket: string): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '', unix_socket_directories: socket, unix_socket_permissions: '0700', hba_file: hba, logging_collector: 'off', log_destination: 'stderr',
    // Everything was laid where the server looks after it has asked.
    restore_command: 'exit 1', recovery_target_timeline: String(timeline), recovery_target_action: 'promote', hot_standby: 'off', archive_mode: 'off',
    primary_conninfo: '', shared_buffers: '64MB', max_connections: '50', wal_level: 'replica', timezone: 'UTC', log_timezone: 'UTC', shared_preload_libraries: '', ssl: 'off',
    ...(stop.kind === 'time' ? { recovery_target_time: `${stop.time.toISOString().replace('T', ' ').replace('Z', '')}+00` } : stop.kind === 'name' ? { recovery_target_name: stop.name } : {}),
    ...(scratch ? { fsync: 'off', synchronous_commit: 'off', autovacuum: 'off' } : {}),
  };
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]), '-p', String(PORT)];
}

/** What root has written belongs to the account that the server runs as. */
async function give(folder: string, account: Account | undefined): Promise<void> {
  await chmod(folder, 0o700);
  if (!account) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) await lchown(join(entry.parentPath, entry.name), account.uid, account.gid);
  await chown(folder, account.uid, account.gid);
}
