// The operating-system account the server runs as (PostgreSQL refuses root), and what that account may reach.
import type { Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PostgresStartError } from './start.error.js';

/** Another account than the current one; `undefined` in its place means: run as the current user. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** For root: user `postgres` where it exists, else `nobody`; for everyone else undefined. No user is ever created. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = await accounts();
  for (const wanted of ['postgres', 'nobody']) {
    const account = known.find(({ name, uid, gid }) => name === wanted && uid > 0 && gid >= 0);
    if (account !== undefined) return account;
  }
  throw new PostgresStartError(
    'PostgreSQL refuses to run as root, and /etc/passwd has neither a user "postgres" nor "nobody": start as an ordinary user.',
  );
}

/** The account that owns a file, named as /etc/passwd names it. */
export async function ownerOf(entry: Stats): Promise<Account> {
  const name = (await accounts()).find(({ uid }) => uid === entry.uid)?.name ?? `with id ${entry.uid}`;
  return { name, uid: entry.uid, gid: entry.gid };
}

async function accounts(): Promise<Account[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  return lines.map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

/** Permission bits of the mode triple (owner, group, others) that applies to the account. */
export function allows(entry: Stats, account: Account, bits: number): boolean {
  const shift = entry.uid === account.uid ? 6 : entry.gid === account.gid ? 3 : 0;
  return ((entry.mode >> shift) & bits) === bits;
}

/** The first existing folder on the way to `path` (itself included) that the account cannot enter, or undefined. */
export async function blockedAt(path: string, account: Account): Promise<string | undefined> {
  const parents: string[] = [];
  for (let at = await realpath(path); ; at = dirname(at)) {
    parents.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const parent of parents) {
    const entry = await stat(parent);
    if (entry.isDirectory() && !allows(entry, account, 1)) return parent;
  }
  return undefined;
}
