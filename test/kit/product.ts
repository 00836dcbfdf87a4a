// The product as a child process, as `npm start` runs it: started, killed, looked into from behind, cleared away.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { waitForExit } from '../../ops/postgres/process.probe.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Product {
  pid: number;
  /** `http://host:port`, without a path. */
  url: string;
  /** `ws://host:port/graphql` */
  wsUrl: string;
  /** Base of the stand-in it started itself; undefined when META_GRAPH_URL was given. */
  standInUrl: string | undefined;
  /** From spawn to the ready line. */
  readyMs: number;
  exited: Promise<Exit>;
  /** What it logged since it was ready. */
  logs(): string;
  /** Asks it to drain and stop; its database stops too. */
  stop(): Promise<Exit>;
}

export interface ProductOptions {
  /** Folder of the compiled sources, as `test/kit/compiled.mjs` makes it. */
  code: string;
  dataDir: string;
  env?: Record<string, string>;
  nodeArgs?: string[];
}

const START_MS = 60_000;
const STOP_MS = 20_000;

/** What the test run has compiled already, for all of its files. */
const COMPILED = process.env['SWITCHBOARD_TEST_COMPILED'];

/** The folder of the present sources, compiled. The caller hands it to `discardProduct`. */
export function compileProduct(): string {
  if (COMPILED) return COMPILED;
  const cache = join(projectRoot, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const into = mkdtempSync(join(cache, 'switchboard-compiled-'));
  const done = spawnSync(process.execPath, [join(projectRoot, 'test/kit/compiled.mjs'), '--into', into], { encoding: 'utf8' });
  if (done.status === 0) return into;
  rmSync(into, { recursive: true, force: true });
  throw new Error(`The sources could not be compiled: ${done.stderr}`);
}

export function discardProduct(code: string): void {
  if (code !== COMPILED) rmSync(code, { recursive: true, force: true });
}

/** Resolves at the ready line. @throws when it ends before that, or is not ready in a minute (it is killed then) */
export async function startProduct({ code, dataDir, env = {}, nodeArgs = [] }: ProductOptions): Promise<Product> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...nodeArgs, join(code, 'ops/cli/up.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], PORT: '0', NODE_ENV: 'test', LOG_LEVEL: 'warn', SWITCHBOARD_DATA_DIR: dataDir, ...env },
  });
  let text = '';
  let onText = (): void => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      onText();
    });
  }
  const exited = new Promise<Exit>((resolve) => { child.once('exit', (exitCode, signal) => resolve({ code: exitCode, signal })); });
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The product was not ready after ${START_MS / 1000} s:\n${text}`));
    }, START_MS);
    onText = () => {
      // The whole welcome is out when its last line is.
      const ready = /^ready (http:\S+)\/graphql$/m.exec(text);
      if (!ready?.[1] || !/^Example operations/m.test(text)) return;
      clearTimeout(timer);
      resolve(ready[1]);
    };
    child.once('error', reject);
    void exited.then(({ code: exitCode, signal }) => {
      clearTimeout(timer);
      reject(new Error(`The product ended before it was ready (${signal ?? `exit code ${exitCode}`}):\n${text}`));
    });
  });
  const readyMs = performance.now() - begun;
  return {
    pid: child.pid ?? 0, url, wsUrl: `${url.replace('http', 'ws')}/graphql`, readyMs, exited,
    standInUrl: /stand-in\s+(http:\S+)/.exec(text)?.[1],
    logs: () => text.slice(text.indexOf('\nExample operations')).split('\n').slice(2).join('\n'),
    stop: () => {
      child.kill('SIGTERM');
      return exitWithin(exited, STOP_MS, 'after SIGTERM').catch((error: Error) => {
        child.kill('SIGKILL');
        throw error;
      });
    },
  };
}

/** @throws when it still runs after `ms` milliseconds */
export async function exitWithin(exited: Promise<Exit>, ms: number, when: string): Promise<Exit> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The product still runs ${ms / 1000} s ${when}.`)), ms);
  });
  return Promise.race([exited, late]).finally(() => clearTimeout(timer));
}

interface Database {
  pid: number;
  port: number;
}

const databaseFolder = (dataDir: string): string => join(dataDir, 'postgres');

/** The embedded server of a data folder as its lock file names it; null when there is none. */
export function databaseOf(dataDir: string): Database | null {
  const file = join(databaseFolder(dataDir), 'cluster', 'postmaster.pid');
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** Where the embedded server lets its superuser in. */
export function superuserUrl(dataDir: string): string {
  const database = databaseOf(dataDir);
  if (!database) throw new Error(`No PostgreSQL runs on ${dataDir}.`);
  const password = readFileSync(join(databaseFolder(dataDir), 'superuser-password'), 'utf8').trim();
  return `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${database.port}/postgres`;
}

/** The embedded database as its superuser sees it: for looking behind the walls. */
export async function openBackdoor(dataDir: string): Promise<Client> {
  const client = new Client({ connectionString: superuserUrl(dataDir) });
  // Its server may be killed under it; the query that follows then fails by itself.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Ends the server that a killed product left behind. SIGQUIT is PostgreSQL's immediate shutdown; SIGKILL is a crash. */
export async function killDatabase(dataDir: string, signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> {
  const database = databaseOf(dataDir);
  if (!database) return;
  try {
    process.kill(database.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  if (!(await waitForExit(database.pid, STOP_MS))) throw new Error(`PostgreSQL (pid ${database.pid}) survives ${signal}.`);
}
