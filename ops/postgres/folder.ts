// Which folder really holds the data: the requested one, or, for root, another that the server's account can reach.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { access, chmod, constants, lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { blockedAt, ownerOf, serverAccount } from './account.js';
import type { Account } from './account.js';
import { PostgresStartError, codeOf } from './start.error.js';

export interface DataFolder {
  /** Absolute, without symbolic links, existing. */
  dataDir: string;
  /** The account that owns (or will own) the cluster; undefined for the current user. */
  account: Account | undefined;
}

/** The cluster itself (PGDATA) inside a data folder. */
export function clusterOf(dataDir: string): string {
  return join(dataDir, 'cluster');
}

/**
 * Finds or creates the folder for the requested path. Root gets another folder, always the same for the same path, when
 * the server's account cannot reach the requested one; `log` then says which and why.
 * @throws PostgresStartError when neither can be used.
 */
export async function chooseFolder(requested: string, log: (line: string) => void): Promise<DataFolder> {
  const path = await withoutLinks(resolve(requested));
  const account = await serverAccount();
  if (account === undefined) return ownFolder(path);

  const owner = await clusterOwner(path);
  if (owner !== undefined) {
    if (owner.uid === 0) {
      throw new PostgresStartError(
        `The cluster in ${path} belongs to root, as whom PostgreSQL refuses to run: chown -R ${account.name} ${clusterOf(path)}.`,
      );
    }
    const blocked = await blockedAt(path, owner);
    if (blocked === undefined) return { dataDir: path, account: owner };
    throw new PostgresStartError(
      `The data in ${path} belongs to user ${owner.name}, who cannot enter ${blocked}: allow it (chmod o+x) or move the data.`,
    );
  }

  const others = othersOf(path);
  // Data that once went there stays there, also when the requested folder has become reachable since.
  const earlier = await earlierOf(others);
  if (earlier) {
    log(`using ${earlier.dataDir} for the data of ${path}: an earlier start put it there`);
    return earlier;
  }

  const blocked = await prepare(path, account);
  if (blocked === undefined) return { dataDir: path, account };
  for (const other of others) {
    try {
      if ((await prepare(other, account)) !== undefined || !(await isTrusted(other))) continue;
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST'].includes(codeOf(error))) throw error;
      continue;
    }
    log(`using ${other} instead of ${path}: PostgreSQL runs as user ${account.name}, who cannot enter ${blocked}`);
    return { dataDir: other, account };
  }
  throw new PostgresStartError(
    `PostgreSQL runs as user ${account.name}, who cannot enter ${blocked}, ` +
      `and neither ${others.join(' nor ')} can be used instead.`,
  );
}

/** Where the cluster of this path is; undefined: there is none. Makes nothing. */
export async function findFolder(requested: string): Promise<string | undefined> {
  const path = await withoutLinks(resolve(requested));
  if (await clusterOwner(path)) return path;
  return process.getuid?.() === 0 ? (await earlierOf(othersOf(path)))?.dataDir : undefined;
}

function othersOf(path: string): string[] {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return ['/var/lib', '/var/tmp'].map((parent) => join(parent, `switchboard-${hash}`));
}

async function earlierOf(others: readonly string[]): Promise<DataFolder | undefined> {
  for (const other of others) {
    const account = (await isTrusted(other)) ? await clusterOwner(other) : undefined;
    if (account) return { dataDir: other, account };
  }
  return undefined;
}

async function ownFolder(path: string): Promise<DataFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  const owner = await clusterOwner(path);
  if (process.getuid && owner !== undefined && owner.uid !== process.getuid()) {
    throw new PostgresStartError(
      `The data in ${path} belongs to user ${owner.name}: start as that user, or choose another folder.`,
    );
  }
  return { dataDir: path, account: undefined };
}

/** Creates the folder where the account can reach it; otherwise creates nothing and returns the folder that is closed. */
async function prepare(path: string, account: Account): Promise<string | undefined> {
  const existing = await deepestExisting(path);
  const blocked = await blockedAt(existing, account);
  if (blocked === path && (await stat(path)).uid === process.getuid?.() && (await readdir(path)).length === 0) {
    await chmod(path, 0o711);
    return blockedAt(path, account);
  }
  if (blocked !== undefined) return blocked;
  const created = await mkdir(path, { recursive: true });
  if (created === undefined) return undefined;
  // Passage only, and whatever the umask says.
  for (let at = path; at.length >= created.length; at = dirname(at)) await chmod(at, 0o711);
  return blockedAt(path, account);
}

/** Under a folder that everyone may write to, somebody else could have made it first. */
async function isTrusted(path: string): Promise<boolean> {
  const entry = await lstatOrNothing(path);
  return entry !== undefined && entry.isDirectory() && entry.uid === process.getuid?.() && (entry.mode & 0o022) === 0;
}

async function clusterOwner(dataDir: string): Promise<Account | undefined> {
  const entry = await lstatOrNothing(clusterOf(dataDir));
  return entry && ownerOf(entry);
}

async function lstatOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function deepestExisting(path: string): Promise<string> {
  let at = path;
  while ((await lstatOrNothing(at)) === undefined) at = dirname(at);
  return at;
}

async function withoutLinks(path: string): Promise<string> {
  const existing = await deepestExisting(path);
  if (existing === path) return realpath(path);
  return join(await withoutLinks(dirname(path)), basename(path));
}
