// The cluster on disk: made whole or not at all, with the superuser's password in a file beside it.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { clusterOf } from './folder.js';
import { initdbArguments, programEnvironment } from './settings.js';
import { PostgresStartError, asStartError, codeOf } from './start.error.js';

const MAJOR_VERSION = '18';
const CLUSTER = basename(clusterOf('.'));

export interface ClusterOptions {
  dataDir: string;
  account: Account | undefined;
  log: (line: string) => void;
  fast: boolean;
}

/** Creates the cluster unless it is there, and returns the superuser's password. */
export async function ensureCluster(options: ClusterOptions, binaries: Binaries): Promise<string> {
  const cluster = clusterOf(options.dataDir);
  const version = await readOrNothing(join(cluster, 'PG_VERSION'));
  if (version === undefined) {
    await assertNeverThere(options.dataDir);
    return createCluster(options, binaries);
  }
  if (version.trim() !== MAJOR_VERSION) {
    throw new PostgresStartError(
      `The data in ${cluster} was made by PostgreSQL ${version.trim()}, and this is PostgreSQL ${MAJOR_VERSION}: ` +
        'choose another folder.',
    );
  }
  const password = await readOrNothing(passwordFile(options.dataDir));
  if (password !== undefined) return password.trim();
  throw new PostgresStartError(
    `The password of the database in ${cluster} is missing: put back the file ${passwordFile(options.dataDir)}.`,
  );
}

/** An empty database in the place of one that a restore has moved aside would look as if all were lost. */
async function assertNeverThere(dataDir: string): Promise<void> {
  const aside = (await readdir(dataDir)).filter((name) => name.startsWith(`${CLUSTER}-before-`)).sort().at(-1);
  if (aside === undefined) return;
  const stamp = aside.slice(`${CLUSTER}-before-`.length);
  throw new PostgresStartError(
    `A restore was interrupted while it put its database in the place of the one in ${dataDir}: give the same command again, or, to go back, ` +
      `rename ${aside} to ${CLUSTER} and ${basename(passwordFile(dataDir))}-before-${stamp} to ${basename(passwordFile(dataDir))}.`,
  );
}

/** Removes what starts that were killed half-way left in the data folder; the caller owns the folder. */
export async function sweepPartial(dataDir: string, log: (line: string) => void): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!/^(cluster|binaries)-[0-9a-f]{8}\.partial$/.test(name)) continue;
    log(`removing ${join(dataDir, name)}, left behind by a start that was interrupted`);
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function createCluster(options: ClusterOptions, binaries: Binaries): Promise<string> {
  const { dataDir, account, fast, log } = options;
  const cluster = clusterOf(dataDir);
  log(`creating the database cluster in ${cluster}`);
  const password = randomBytes(24).toString('hex');
  const work = join(dataDir, `cluster-${randomBytes(4).toString('hex')}.partial`);
  const handed = join(work, 'password');
  try {
    await mkdir(work, { mode: 0o700 });
    await writeFile(handed, password, { mode: 0o600 });
    if (account !== undefined) {
      await chown(handed, account.uid, account.gid);
      await chown(work, account.uid, account.gid);
    }
    await runInitdb(binaries.initdb, initdbArguments(join(work, 'data'), handed, fast), work, account);
    // The password first: a password without a cluster is replaced by the next start, the opposite could not be opened.
    const kept = join(work, 'kept-password');
    await writeFile(kept, password, { mode: 0o600, flush: !fast });
    await rename(kept, passwordFile(dataDir));
    await rename(join(work, 'data'), cluster);
    if (!fast) await syncFolder(dataDir);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return password;
}

function runInitdb(program: string, args: string[], cwd: string, account: Account | undefined): Promise<void> {
  return new Promise((done, fail) => {
    const identity = account && { uid: account.uid, gid: account.gid };
    const child = spawn(program, args, { cwd, env: programEnvironment(), stdio: ['ignore', 'ignore', 'pipe'], ...identity });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
    child.once('error', fail);
    child.once('close', (code, signal) => {
      if (code === 0) return done();
      const reason = complaint.split('\n').find((line) => /fatal|panic|error|could not/i.test(line)) ?? complaint.trim();
      fail(asStartError(`initdb could not create the database cluster (${signal ?? `exit code ${code}`})`, new Error(reason)));
    });
  });
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and makes a rename durable by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function passwordFile(dataDir: string): string {
  return join(dataDir, 'superuser-password');
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
