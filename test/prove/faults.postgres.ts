// The database of the fault proof: a server of its own that can be killed whole, started again where it was, and have its disk filled.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { untilReady } from '../../ops/postgres/postmaster.js';
import { isRunning } from '../../ops/postgres/process.probe.js';
import { startPostgres, type EmbeddedServer } from '../../ops/postgres/server.js';
import { programEnvironment } from '../../ops/postgres/settings.js';
import { databaseOf, killDatabase } from '../kit/product.js';

/** Room for the cluster, its log of changes and some messages: small enough to be filled in a moment. */
const DISK_MB = 768;
const RESTART_MS = 30_000;
const CHUNK = 4 * 1024 * 1024;
const PAGE = 4096;

/** A file system in memory needs root and Linux; without it the database lies in an ordinary folder that nobody may fill. */
function mountSmallDisk(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=0711`, 'switchboard-faults', folder]).status === 0;
}

export class FaultyPostgres {
  #commandLine: string[] = [];
  #ballast: number[] = [];

  private constructor(private readonly folder: string, readonly diskCanFill: boolean, private readonly server: EmbeddedServer) {}

  static async start(): Promise<FaultyPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-faults-'));
    // As root PostgreSQL runs as another user, who must be able to enter.
    chmodSync(folder, 0o711);
    const disk = join(folder, 'disk');
    mkdirSync(disk, { mode: 0o711 });
    const mounted = mountSmallDisk(disk);
    try {
      const server = await startPostgres({ dataDir: join(disk, 'postgres'), log: () => undefined });
      const postgres = new FaultyPostgres(folder, mounted, server);
      await postgres.#settle();
      return postgres;
    } catch (error) {
      remove(folder, mounted);
      throw error;
    }
  }

  /** Superuser URL; the same after each restart. */
  get url(): string {
    return this.server.superuserUrl;
  }

  get #disk(): string {
    return join(this.folder, 'disk');
  }

  get #cluster(): string {
    return join(this.server.dataDir, 'cluster');
  }

  /** The small disk must not be filled by the log of changes alone. */
  async #settle(): Promise<void> {
    const written = readFileSync(join(this.#cluster, 'postmaster.opts'), 'utf8');
    this.#commandLine = (written.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"|"$/g, ''));
    await this.#asAdmin(async (admin) => {
      await admin.query(`alter system set max_wal_size = '96MB'`);
      await admin.query('select pg_reload_conf()');
    });
  }

  get running(): boolean {
    const database = databaseOf(this.#disk);
    return database !== null && isRunning(database.pid);
  }

  /** SIGKILL of the postmaster and of every process of its. @returns the postmaster's pid */
  async kill(): Promise<number> {
    const database = databaseOf(this.#disk);
    if (!database) throw new Error('PostgreSQL does not run.');
    for (const child of childrenOf(database.pid)) signal(child);
    await killDatabase(this.#disk, 'SIGKILL');
    return database.pid;
  }

  /** As a supervisor does: the same command line, again and again until it serves. */
  async restart(): Promise<void> {
    const [program = '', ...args] = this.#commandLine;
    const { uid, gid } = statSync(this.#cluster);
    const account = process.getuid?.() === 0 ? { uid, gid } : {};
    const end = Date.now() + RESTART_MS;
    for (;;) {
      const child = spawn(program, args, { cwd: this.#cluster, env: programEnvironment(), stdio: 'ignore', detached: true, ...account });
      let ended = false;
      child.once('exit', () => { ended = true; });
      child.unref();
      if (await untilReady(this.url, () => !ended, () => undefined)) return;
      // Parts of a killed server hold its memory for a moment.
      if (Date.now() > end) throw new Error(`PostgreSQL does not start again within ${RESTART_MS / 1000} s.`);
      await sleep(100);
    }
  }

  /** Writes until nothing more fits; called again, it takes what has become free since. */
  fillDisk(): void {
    const file = openSync(join(this.#disk, `ballast-${this.#ballast.length}`), 'w');
    this.#ballast.push(file);
    for (const size of [CHUNK, PAGE]) while (written(file, size));
  }

  makeRoom(): void {
    for (const [index, file] of this.#ballast.splice(0).entries()) {
      closeSync(file);
      rmSync(join(this.#disk, `ballast-${index}`));
    }
  }

  /** Uses up the log of changes that is prepared, so that the next change needs room for more. */
  async exhaustLog(): Promise<void> {
    await this.#asAdmin(async (admin) => {
      for (let segment = 0; segment < DISK_MB / 16; segment += 1) {
        // Without a record in between nothing is switched.
        await admin.query(`select pg_logical_emit_message(true, 'faults', 'x')`);
        await admin.query('select pg_switch_wal()');
      }
    });
  }

  async #asAdmin(work: (admin: Client) => Promise<void>): Promise<void> {
    const admin = new Client({ connectionString: this.url });
    admin.on('error', () => undefined);
    await admin.connect();
    try {
      await work(admin);
    } finally {
      await admin.end();
    }
  }

  /** Ends the server and removes every trace. */
  async close(): Promise<void> {
    this.makeRoom();
    await killDatabase(this.#disk, 'SIGQUIT');
    await this.server.stop();
    remove(this.folder, this.diskCanFill);
  }
}

function written(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return false;
  }
}

/** Where the system does not tell, none: they end by themselves when their parent is gone. */
function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? readFileSync(list, 'utf8').split(' ').map(Number).filter((child) => child > 0) : [];
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function remove(folder: string, mounted: boolean): void {
  if (mounted && spawnSync('umount', [join(folder, 'disk')]).status !== 0) throw new Error(`${join(folder, 'disk')} is still in use: umount it by hand.`);
  rmSync(folder, { recursive: true, force: true });
}
