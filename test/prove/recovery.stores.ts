// Stores that are not what they say: one that disconnects half way, one that says to have stored what it has not, one that gives other bytes than it was given, and one that is full.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsePiece } from '../../workers/backups/wal.position.js';
import { TestObjectStore, type Fault } from '../kit/object-store.js';
import { lastLine, type Proved } from './recovery.told.js';
import type { Ran, RecoveryWorld } from './recovery.world.js';

const BUCKET = 'backups';
const isPack = ({ url = '' }: IncomingMessage): boolean => /\/backups\/backups\/[^/]+\/[0-9a-f]{32}(?:\?|$)/.test(url);
const isLog = ({ url = '' }: IncomingMessage): boolean => url.includes('/backups/wal/');

/** The first so many of those that are meant. */
function first(count: number, method: string, which: (request: IncomingMessage) => boolean, fault: Fault): (request: IncomingMessage) => Fault | null {
  let left = count;
  return (request) => (request.method === method && which(request) && left-- > 0 ? fault : null);
}

const failed = ({ code, text }: Ran, says: string): string[] => (code === 1 && text.includes(says) && !/^\s+at /m.test(text) ? [] : [`it ended with ${code} and said: ${text}`]);
const done = ({ code, text }: Ran): string[] => (code === 0 ? [] : [text]);

export async function proveStores(world: RecoveryWorld, proved: Proved): Promise<void> {
  const store = await TestObjectStore.start(BUCKET);
  const { endpoint } = store.settings(BUCKET);
  const run = (...args: string[]): Promise<Ran> => world.run('backup', args, { BACKUP_BUCKET: BUCKET, S3_ENDPOINT: endpoint, S3_PATH_STYLE: 'true', AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' });
  const verify = (): Promise<Ran> => run('verify', '--level', 'L1');
  try {
    const [cut, lie] = [first(3, 'PUT', isPack, 'cut'), first(1, 'PUT', isLog, 'lie')];
    store.fault = (request) => cut(request) ?? lie(request);
    const made = await run('create');
    store.fault = () => null;
    const checked = await verify();
    proved('to a store that disconnects half way for a moment, and says once to have a piece of the log that it has not', [...done(made), ...done(checked)], lastLine(checked.text));
    store.fault = first(Infinity, 'PUT', isPack, 'cut');
    const broken = await run('create');
    proved('to a store that disconnects half way each time', failed(broken, 'The bucket backups did not write'), lastLine(broken.text));
    store.fault = first(1, 'PUT', isPack, 'lie');
    const lied = await run('create');
    proved('to a store that says to have what it has not', failed(lied, 'says that it was stored, and does not have it'), lastLine(lied.text));
    store.fault = () => null;
    const again = await run('create');
    const { text } = await run('list');
    proved('taken up when the store is well', [...done(again), ...(text.includes('2 backups, 0 unfinished, 0 damaged') ? [] : [text])], lastLine(text));
    for (const fault of ['other', 'cut'] as const) {
      store.fault = first(Infinity, 'GET', isPack, fault);
      const verified = await verify();
      proved(fault === 'other' ? 'from a store that gives other bytes than it was given' : 'from a store that disconnects half way', failed(verified, fault === 'other' ? 'is damaged' : ''), verified.text.split('\n')[0] ?? '');
    }
  } finally {
    await store.close();
  }
}

const DISK_MB = 96;
const PAGE = 4096;
const PATIENCE_MS = 60_000;

/** Needs root and Linux, for a file system of its own. */
export async function fullDisk(world: RecoveryWorld, proved: Proved, skip: (name: string) => void): Promise<void> {
  const disk = join(world.folder, 'disk');
  await mkdir(disk);
  const mounted = process.platform === 'linux' && process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=0711`, 'switchboard-recovery', disk]).status === 0;
  if (!mounted) {
    skip('the disk of the archive is full: no file system of its own can be mounted here');
    return;
  }
  const run = (...args: string[]): Promise<Ran> => world.run('backup', args, { BACKUP_FOLDER: join(disk, 'store') });
  const ballast = join(disk, 'ballast');
  try {
    const made = await run('create');
    fill(ballast);
    const before = world.history.changes;
    const full = await run('create');
    const keeper = world.start('backup', ['keep-log'], { BACKUP_FOLDER: join(disk, 'store') });
    // What a merge of pieces has freed is taken too.
    await until(() => { fill(ballast); return keeper.said().includes('no space left'); });
    const [said, written] = [keeper.said(), world.history.changes - before];
    rmSync(ballast);
    const freedAt = Date.now();
    await until(() => keptAfter(join(disk, 'store'), freedAt + 1_000));
    keeper.child.kill('SIGINT');
    const kept = await keeper.ended;
    const [, upTo = ''] = /kept up to (\S+)/.exec(kept.text) ?? [];
    const verified = await run('verify', '--level', 'L1');
    proved('the disk of the archive is full', [
      ...done(made), ...failed(full, 'no space left'), ...(said.includes('no space left') ? [] : [`keep-log said: ${said}`]), ...(written > 0 ? [] : ['writers waited for it']), ...done(kept), ...done(verified),
      ...(Date.parse(upTo) > freedAt ? [] : [`when there was room again the log was kept up to ${upTo}, and not beyond ${new Date(freedAt).toISOString()}`]),
    ], `${written} changes were made meanwhile; ${lastLine(verified.text)}`);
  } finally {
    if (spawnSync('umount', [disk]).status === 0) await rm(disk, { recursive: true, force: true });
    else skip(`${disk} is still in use: umount it by hand`);
  }
}

async function until(done: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !done() && Date.now() < end;) await sleep(250);
}

/** Whether the log is kept beyond a moment, as its pieces say by their names. */
const keptAfter = (store: string, at: number): boolean =>
  readdirSync(join(store, 'wal', '00000001')).some((name) => (parsePiece(`wal/00000001/${name}`)?.at.getTime() ?? 0) > at);

/** Takes what is free, again each time. */
function fill(path: string): void {
  const file = openSync(path, 'a');
  try {
    for (const size of [1024 * PAGE, PAGE]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}
