// The running server process: launched in its own session, watched until it answers, signalled to stop.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { isAlive, markOf, waitForExit } from './process.probe.js';
import type { ProcessMark } from './process.probe.js';
import { programEnvironment } from './settings.js';
import { PostgresStartError, codeOf, messageOf } from './start.error.js';

/** Time a fast shutdown may take (it ends sessions and writes a checkpoint) before an immediate one, in milliseconds. */
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
/** Recovery after a crash can be long; beyond this something is wrong, in milliseconds. */
const READY_MS = 600_000;
const PROBE_MS = 20;

export interface LaunchOptions {
  binaries: Binaries;
  args: string[];
  cluster: string;
  /** File that takes what the server says before its own log begins. */
  startFile: string;
  account: Account | undefined;
}

/** Starts the server, detached so that a Ctrl-C at the terminal does not reach it; `exit()` tells how it ended, if it did. */
export async function launch(options: LaunchOptions): Promise<{ process: ProcessMark; exit: () => string | undefined }> {
  const { account } = options;
  const output = openSync(options.startFile, 'w', 0o600);
  try {
    const child = spawn(options.binaries.postgres, options.args, {
      cwd: options.cluster,
      env: programEnvironment(),
      stdio: ['ignore', output, output],
      detached: true,
      windowsHide: true,
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    let ended: string | undefined;
    child.on('exit', (code, signal) => (ended = signal ?? `exit code ${code}`));
    await new Promise((done, fail) => child.once('spawn', done).once('error', fail));
    child.unref();
    if (child.pid === undefined) throw new PostgresStartError('PostgreSQL was started but has no process id.');
    return { process: markOf(child.pid), exit: () => ended };
  } finally {
    closeSync(output);
  }
}

/** Connection string of the superuser. */
export function superuserUrl(port: number, password: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
}

/** A free TCP port of the loopback. Another program may take it before the server does; the caller then tries another. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
}

/** Waits until the server answers; false when it ended instead. */
export async function untilReady(url: string, lives: () => boolean, log: (line: string) => void): Promise<boolean> {
  const begun = Date.now();
  let nextNews = begun + 5000;
  for (;;) {
    const answer = await answerOf(url);
    if (answer === 'ready') return true;
    if (!lives()) return false;
    if (answer === 'refused') {
      throw new PostgresStartError(
        'PostgreSQL does not accept the password kept beside its data: put back the file superuser-password.',
      );
    }
    if (Date.now() - begun > READY_MS) {
      throw new PostgresStartError(`PostgreSQL does not answer after ${READY_MS / 1000} seconds: ${answer}`);
    }
    if (Date.now() >= nextNews) {
      log(`waiting for PostgreSQL to recover its data (${Math.round((Date.now() - begun) / 1000)} s): ${answer}`);
      nextNews += 5000;
    }
    // The server logs each refusal while it recovers, so a long recovery is asked rarely.
    await sleep(Date.now() - begun < 2000 ? PROBE_MS : 250);
  }
}

/** `ready`, `refused` (the password is wrong), or why there is no answer yet. */
export async function answerOf(url: string): Promise<string> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return 'ready';
  } catch (error) {
    const code = codeOf(error);
    // 53300: all connections are taken, so it serves them.
    if (code === '53300') return 'ready';
    if (code === '28P01' || code === '28000') return 'refused';
    return messageOf(error);
  } finally {
    await client.end();
  }
}

/** Fast shutdown, after a deadline an immediate one (the next start then recovers); resolves when the process has ended. */
export async function stopPostmaster(server: ProcessMark, pgCtl: string, log: (line: string) => void): Promise<void> {
  if (!isAlive(server)) return;
  signal(server.pid, 'INT', pgCtl);
  if (await waitForExit(server.pid, FAST_SHUTDOWN_MS)) return;
  log(`PostgreSQL (pid ${server.pid}) is still stopping after ${FAST_SHUTDOWN_MS / 1000} seconds: stopping it at once`);
  signal(server.pid, 'QUIT', pgCtl);
  if (await waitForExit(server.pid, IMMEDIATE_SHUTDOWN_MS)) return;
  throw new PostgresStartError(`PostgreSQL (pid ${server.pid}) does not stop.`);
}

function signal(pid: number, name: 'INT' | 'QUIT', pgCtl: string): void {
  if (process.platform === 'win32') {
    // Windows has no signals: Node would end the process, pg_ctl speaks to the server's own signal pipe.
    spawnSync(pgCtl, ['kill', name, String(pid)], { windowsHide: true });
    return;
  }
  try {
    process.kill(pid, `SIG${name}`);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
