// The life of the embedded PostgreSQL: start it, adopt or recover what a killed run left behind, stop it.
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareBinaries, removeOldCopies } from './binaries.js';
import type { Binaries } from './binaries.js';
import { ensureCluster, sweepPartial } from './cluster.js';
import { chooseFolder, clusterOf } from './folder.js';
import type { DataFolder } from './folder.js';
import { findLeftover, runsAs } from './leftover.js';
import { logTail, pruneLogs } from './log.files.js';
import { takeOwnership } from './owner.js';
import { freePort, launch, stopPostmaster, superuserUrl, untilReady } from './postmaster.js';
import { isAlive } from './process.probe.js';
import type { ProcessMark } from './process.probe.js';
import { postgresArguments, type Fast } from './settings.js';
import { asStartError } from './start.error.js';

export interface StartOptions {
  /** Folder of the data; created when missing. It is this server's own: cluster, password and lock lie in it. */
  dataDir: string;
  /** Receives one line of progress for each step that may take long or surprise. */
  log: (line: string) => void;
  /** TCP port of the loopback; absent: a free one, another one at each start. */
  port?: number;
  /** For tests: nothing is synchronised to the disk, so a crash of the machine may lose the data. */
  fast?: Fast;
}

export interface EmbeddedServer {
  host: '127.0.0.1';
  /** TCP port, another one at each start unless it was asked for. */
  port: number;
  /** The folder really used; it differs from the requested one when the server's account cannot reach that. */
  dataDir: string;
  /** Connection string of role `postgres` to database `postgres`. */
  superuserUrl: string;
  /** True when the server was still running from an earlier run. */
  adopted: boolean;
  /** Fast shutdown, then gives the folder back. May be called more than once. */
  stop(): Promise<void>;
}

interface Launching {
  log: (line: string) => void;
  fast: Fast;
  asked: number | undefined;
}

interface Running {
  process: ProcessMark;
  port: number;
  adopted: boolean;
}

const LOG_CHECK_MS = 60_000;
/** Parts of a killed server notice its death within moments; until then its shared memory is in use. */
const OLD_SERVER_MS = 15_000;

/**
 * Starts PostgreSQL 18 on the data folder, or adopts the one that runs there since an earlier run was killed. It outlives
 * this process unless `stop()` is called.
 * @throws PostgresStartError with one sentence for the operator.
 */
export async function startPostgres(options: StartOptions): Promise<EmbeddedServer> {
  const { log, fast = false } = options;
  try {
    const folder = await chooseFolder(options.dataDir, log);
    const release = await takeOwnership(folder.dataDir);
    try {
      await sweepPartial(folder.dataDir, log);
      const found = await prepareBinaries({ ...folder, log });
      const binaries = { ...found, postgres: await realpath(found.postgres) };
      const password = await ensureCluster({ ...folder, log, fast: fast !== false }, binaries);
      const running = await adoptOrLaunch(folder, binaries, password, { log, fast, asked: options.port });
      await removeOldCopies(folder.dataDir, binaries);
      return await serve(folder.dataDir, binaries, password, running, log, release);
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    throw asStartError(`PostgreSQL could not start in ${options.dataDir}`, error);
  }
}

async function adoptOrLaunch(
  folder: DataFolder,
  binaries: Binaries,
  password: string,
  { log, fast, asked }: Launching,
): Promise<Running> {
  const cluster = clusterOf(folder.dataDir);
  const leftover = await findLeftover(cluster, password, log);
  if (leftover !== undefined) {
    const { process: server, port } = leftover;
    if (await runsAs(cluster, binaries.postgres, postgresArguments(cluster, port, fast))) {
      log(`adopting the PostgreSQL that a killed run left behind (pid ${server.pid})`);
      if (await untilReady(superuserUrl(port, password), () => isAlive(server), log)) return { ...leftover, adopted: true };
    } else {
      log(`stopping the PostgreSQL that a killed run left behind (pid ${server.pid}): it runs with other settings`);
      await stopPostmaster(server, binaries.pgCtl, log);
    }
  }
  return launchUntilReady(folder, binaries, password, { log, fast, asked });
}

async function launchUntilReady(
  folder: DataFolder,
  binaries: Binaries,
  password: string,
  { log, fast, asked }: Launching,
): Promise<Running> {
  const cluster = clusterOf(folder.dataDir);
  const startFile = join(folder.dataDir, 'postgres-start.log');
  const begun = Date.now();
  for (let attempt = 1; ; attempt += 1) {
    const port = asked ?? await freePort();
    const since = Date.now();
    const args = postgresArguments(cluster, port, fast);
    const server = await launch({ binaries, args, cluster, startFile, account: folder.account });
    try {
      const ready = await untilReady(superuserUrl(port, password), () => server.exit() === undefined, log);
      if (ready) return { process: server.process, port, adopted: false };
    } catch (error) {
      await stopPostmaster(server.process, binaries.pgCtl, log);
      throw error;
    }
    const tail = await logTail(cluster, startFile, since);
    const text = tail.join('\n');
    if (/shared memory block .* is still in use/.test(text) && Date.now() - begun < OLD_SERVER_MS) {
      if (attempt === 1) log('waiting for the rest of a killed PostgreSQL to end');
      await sleep(250);
      continue;
    }
    if (/could not bind|address already in use/i.test(text) && attempt < 5) continue;
    const fatal = tail.filter((line) => /FATAL|PANIC/.test(line) && !/is starting up/.test(line));
    const cause = fatal.at(-1) ?? tail.at(-1) ?? 'it wrote nothing to its log';
    throw asStartError(`PostgreSQL ended while starting in ${cluster} (${server.exit()})`, new Error(`${cause}\n${text}`));
  }
}

async function serve(
  dataDir: string,
  binaries: Binaries,
  password: string,
  running: Running,
  log: (line: string) => void,
  release: () => Promise<void>,
): Promise<EmbeddedServer> {
  const cluster = clusterOf(dataDir);
  const prune = (): Promise<void> =>
    pruneLogs(cluster).catch((error: unknown) => log(asStartError('old PostgreSQL logs could not be removed', error).message));
  await prune();
  const timer = setInterval(() => void prune(), LOG_CHECK_MS).unref();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await stopPostmaster(running.process, binaries.pgCtl, log);
    await release();
  };
  return {
    host: '127.0.0.1',
    port: running.port,
    dataDir,
    superuserUrl: superuserUrl(running.port, password),
    adopted: running.adopted,
    stop: () => (stopped ??= stop()),
  };
}
