// A server of its own under write load, files of customers beside it, its backups, and the commands that an operator has, each as a process that can be killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { placesOf, preparePlaces } from '../../ops/places.js';
import { startPostgres, type EmbeddedServer } from '../../ops/postgres/server.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { subgraphNames } from '../../ops/rover.file.js';
import { History, type Rows } from './recovery.history.js';
import { writeUntil } from './recovery.writer.js';

/** The compiled sources this program is part of. */
const code = join(import.meta.dirname, '../..');
/** What `npm run` gives Node beside the program. */
const flagsOf = (command: 'backup' | 'restore'): string[] =>
  (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts[command]?.split(' ').filter((word) => word.startsWith('--')) ?? [];
export const MASTER_KEY = Buffer.alloc(32, 9).toString('base64');
export const TENANT = newId();

export interface Ran {
  code: number | null;
  text: string;
}

/** What a restored database holds. */
export interface Restored {
  ran: Ran;
  rows: Rows;
  /** What is wrong with it whatever the moment. */
  violations: string[];
}

/** Money is moved between accounts in transactions: half of one shows. */
const BROKEN = `select 'the sum of all accounts is ' || sum(balance) || ' and not 0' as text from public.account having sum(balance) <> 0
  union all select 'account ' || a.id || ' has another balance than its transfers' from public.account a
    where balance <> coalesce((select sum(case when t.payee = a.id then t.amount else -t.amount end) from public.transfer t where a.id in (t.payer, t.payee)), 0)`;
const BALLAST = `select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as print from public.ballast t`;

export class RecoveryWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'switchboard-recovery-'));
  readonly store = join(this.folder, 'store');
  readonly history = new History();
  #writing = false;
  #writers: Promise<void>[] = [];
  #ballast = '0 0';
  #files = new Map<string, string>();

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
    await world.query(`create table public.ledger (id int primary key, text text not null); create table public.ballast (id int primary key, text text not null);
      create table public.account (id int primary key, balance bigint not null); create table public.transfer (id bigint generated always as identity primary key, payer int not null, payee int not null, amount bigint not null);
      insert into public.account select n, 0 from generate_series(0, 15) n`);
    return world;
  }

  async query(text: string): Promise<void> {
    await asked(this.server.superuserUrl, text);
  }

  /** Rows that stay as they are: half of each is noise, as compressible as messages are. */
  async fill(megabytes: number): Promise<void> {
    await this.query(`insert into public.ballast select n, repeat(md5(n::text), 4) || (select string_agg(md5(random()::text || n::text || part::text), '') from generate_series(1, 4) part) from generate_series(1, ${Math.ceil(megabytes * 3_500)}) n`);
    await this.query('vacuum (freeze, analyze) public.ballast');
    await this.query('checkpoint');
    this.#ballast = await this.#print(this.server.superuserUrl);
  }

  async #print(url: string): Promise<string> {
    return (await asked<{ print: string }>(url, BALLAST))[0]?.print ?? '';
  }

  /** A file that a customer sent, where the product keeps them, and the row that counts it. */
  async keepFile(key: string, content: Buffer, tenant = TENANT): Promise<void> {
    const path = join(this.env['SWITCHBOARD_DATA_DIR'] ?? '', 'files', key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await this.query(`insert into conversations.stored_file (tenant_id, key, bytes, stored_at) values ('${tenant}', '${key}', ${content.length}, now())`);
    if (tenant === TENANT) this.#files.set(key, hashOf(content));
  }

  /** Rows are written and remembered until `rest`, or until the server is gone. */
  write(writers = 4): void {
    this.#writing = true;
    this.#writers = Array.from({ length: writers }, (_, number) => writeUntil({ url: this.server.superuserUrl, number, writers, history: this.history, goesOn: () => this.#writing }));
  }

  async rest(): Promise<void> {
    this.#writing = false;
    await Promise.all(this.#writers);
  }

  start(command: 'backup' | 'restore', args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ran>; said: () => string } {
    const place = env['BACKUP_BUCKET'] === undefined ? { BACKUP_FOLDER: this.store } : {};
    const child = spawn(process.execPath, [...flagsOf(command), join(code, 'ops/cli', `${command}.js`), ...args], { env: { ...this.env, ...place, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const said = (): string => Buffer.concat(chunks).toString('utf8').trim();
    return { child, said, ended: once(child, 'close').then(([ended]) => ({ code: ended as number | null, text: said() })) };
  }

  run(command: 'backup' | 'restore', args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran> {
    return this.start(command, args, env).ended;
  }

  /** What is in a restored folder, which is removed again. @param name of a folder that is not there @param look at the database beside that */
  async restored(name: string, args: readonly string[], look: (url: string) => Promise<string[]> = () => Promise.resolve([])): Promise<Restored> {
    const to = join(this.folder, name);
    try {
      const ran = await this.run('restore', ['--to', to, ...args]);
      if (ran.code !== 0) return { ran, rows: new Map(), violations: [ran.text] };
      const server = await startPostgres({ dataDir: join(to, 'postgres'), log: () => undefined, fast: 'with-log' });
      try {
        const rows = await asked<{ id: number; text: string }>(server.superuserUrl, 'select id, text from public.ledger');
        const broken = await asked<{ text: string }>(server.superuserUrl, BROKEN);
        const ballast = await this.#print(server.superuserUrl);
        return {
          ran, rows: new Map(rows.map(({ id, text }) => [id, text])),
          violations: [...broken.map(({ text }) => text), ...(ballast === this.#ballast ? [] : [`the rows that never change print ${ballast} and not ${this.#ballast}`]), ...await this.#filesOf(join(to, 'files')), ...await look(server.superuserUrl)],
        };
      } finally {
        await server.stop();
      }
    } finally {
      await rm(to, { recursive: true, force: true });
    }
  }

  async #filesOf(folder: string): Promise<string[]> {
    const found = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile());
    const wrong: string[] = [];
    const left = new Set(this.#files.keys());
    for (const entry of found) {
      const path = join(entry.parentPath, entry.name);
      const key = path.slice(folder.length + 1);
      if (!left.delete(key)) wrong.push(`the file ${key} is there and should not be`);
      else if (hashOf(await readFile(path)) !== this.#files.get(key)) wrong.push(`the file ${key} holds something else`);
    }
    return [...wrong, ...[...left].map((key) => `the file ${key} is missing`)];
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

const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

export async function asked<Row extends object>(connectionString: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
