// A server of its own under write load, its backups, and the commands that an operator has, each as a process that can be killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { placesOf, preparePlaces } from '../../ops/places.js';
import { startPostgres, type EmbeddedServer } from '../../ops/postgres/server.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { subgraphNames } from '../../ops/rover.file.js';

/** The compiled sources this program is part of. */
const code = join(import.meta.dirname, '../..');
const MASTER_KEY = Buffer.alloc(32, 9).toString('base64');

/** A row that was acknowledged: it must be in every later state. */
export interface Acknowledged {
  id: number;
  /** Before it was sent, and after the answer, by this machine's clock, which is the server's. */
  sentAt: number;
  ackedAt: number;
}

export interface Ran {
  code: number | null;
  text: string;
}

export class RecoveryWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'switchboard-recovery-'));
  readonly store = join(this.folder, 'store');
  readonly acknowledged: Acknowledged[] = [];
  #writing = false;
  #writers: Promise<void>[] = [];
  #next = 1;

  private constructor(readonly server: EmbeddedServer, private readonly env: NodeJS.ProcessEnv) {}

  static async open(): Promise<RecoveryWorld> {
    const place = mkdtempSync(join(tmpdir(), 'switchboard-recovered-'));
    chmodSync(place, 0o711);
    const server = await startPostgres({ dataDir: join(place, 'data'), log: () => undefined, fast: 'with-log' });
    const world = new RecoveryWorld(server, {
      ...process.env, DATABASE_URL: server.superuserUrl, SWITCHBOARD_MASTER_KEY: MASTER_KEY, SWITCHBOARD_DATA_DIR: join(place, 'product'), NODE_ENV: 'development',
    });
    chmodSync(world.folder, 0o711);
    const config = readConfig({ DATABASE_URL: server.superuserUrl }, subgraphNames());
    await preparePlaces(placesOf(config, server.superuserUrl), () => undefined);
    await world.query('create table public.ledger (id int primary key, text text not null)');
    return world;
  }

  async query(text: string): Promise<void> {
    await asked(this.server.superuserUrl, text);
  }

  /** Rows are written and remembered until `rest`, or until the server is gone. */
  write(writers = 4): void {
    this.#writing = true;
    this.#writers = Array.from({ length: writers }, async () => {
      const client = new Client({ connectionString: this.server.superuserUrl });
      client.on('error', () => undefined);
      await client.connect();
      while (this.#writing) {
        const [id, sentAt] = [this.#next++, Date.now()];
        const done = await client.query('insert into public.ledger select $1::int, repeat(md5($1::int::text), 8)', [id]).then(() => true, () => false);
        if (!done) break;
        this.acknowledged.push({ id, sentAt, ackedAt: Date.now() });
      }
      await client.end().catch(() => undefined);
    });
  }

  async rest(): Promise<void> {
    this.#writing = false;
    await Promise.all(this.#writers);
  }

  start(command: 'backup' | 'restore', args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ran> } {
    const child = spawn(process.execPath, [join(code, 'ops/cli', `${command}.js`), ...args], { env: { ...this.env, BACKUP_FOLDER: this.store, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
    return { child, ended: once(child, 'close').then(([ended]) => ({ code: ended as number | null, text: Buffer.concat(said).toString('utf8').trim() })) };
  }

  run(command: 'backup' | 'restore', args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> {
    return this.start(command, args, env).ended;
  }

  /** Ids in the ledger of a restored folder. @param name of a folder that is not there */
  async restored(name: string, args: readonly string[], sql = 'select id from public.ledger'): Promise<{ ran: Ran; ids: Set<number> }> {
    const to = join(this.folder, name);
    const ran = await this.run('restore', ['--to', to, ...args]);
    if (ran.code !== 0) return { ran, ids: new Set() };
    const server = await startPostgres({ dataDir: join(to, 'postgres'), log: () => undefined, fast: 'with-log' });
    try {
      return { ran, ids: new Set((await asked<{ id: number }>(server.superuserUrl, sql)).map(({ id }) => id)) };
    } finally {
      await server.stop();
    }
  }

  /** As a power cut ends it: every process at once. */
  async killServer(): Promise<number> {
    const pid = Number((await readFile(join(this.server.dataDir, 'cluster', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    return Date.now();
  }

  async close(): Promise<void> {
    await this.rest();
    await this.server.stop().catch(() => undefined);
    for (const folder of [this.folder, join(this.server.dataDir, '..')]) rmSync(folder, { recursive: true, force: true });
  }
}

async function asked<Row extends object>(connectionString: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
