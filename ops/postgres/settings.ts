// How the embedded server is configured: everything on its command line, so that a new version's settings hold at its next start.

/** Nothing is kept for a crash, nothing is written or tidied that only a long life needs, and a password is soon hashed. */
const FAST = {
  fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0', summarize_wal: 'off',
  autovacuum: 'off', max_wal_size: '8GB', checkpoint_timeout: '1h', scram_iterations: '1',
  // Seven processes, and seven that take their places before they go.
  max_connections: '500',
};

/** For tests of what follows the log. */
const FAST_WITH_LOG = { ...FAST, wal_level: 'replica', max_wal_senders: '8', full_page_writes: 'on', max_connections: '100' };

/** `true` gives up all safety against a crash of the machine, for tests only; `with-log` writes a log that can be followed all the same. */
export type Fast = boolean | 'with-log';

/** Server settings by name. */
function settings(fast: Fast): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    // No socket file: its path is limited to 107 bytes, and the loopback needs none.
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    wal_level: 'replica',
    summarize_wal: 'on',
    // What keeps the log for backups may be away for long: the disk is not filled for its sake.
    max_slot_wal_keep_size: '8GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgresql-%Y%m%d-%H%M%S.log',
    log_rotation_size: '8MB',
    log_line_prefix: '%m [%p] ',
    // Statements and details carry people's data; the caller gets them in the error.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...(fast === 'with-log' ? FAST_WITH_LOG : fast ? FAST : {}),
  };
}

/** Arguments of `postgres`; the port comes last because it alone changes from start to start. */
export function postgresArguments(cluster: string, port: number, fast: Fast): string[] {
  const options = Object.entries(settings(fast)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', cluster, ...options, '-p', String(port)];
}

/** Arguments of `initdb` for a new cluster in `folder` with the superuser's password in `passwordFile`. */
export function initdbArguments(folder: string, passwordFile: string, fast: boolean): string[] {
  return [
    `--pgdata=${folder}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
    ...(fast ? ['--no-sync'] : []),
  ];
}

/** The environment of the server's programs: none of this process's secrets, and no PG* variable that changes their ways. */
export function programEnvironment(): Record<string, string> {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP'];
  const passed = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...Object.fromEntries(passed), LC_ALL: 'C', TZ: 'UTC' };
}
