// The recovery proof: a server under write load is backed up by commands that are killed in each phase, into stores that fail and lie, is killed itself, and comes back with everything but its last seconds;
// at any moment each row is as it was then; and no byte of a backup can be changed unseen.
import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { backupCrashTable } from '../../workers/backups/backup.crash.js';
import { changedBytes } from './recovery.damage.js';
import { proveKeys } from './recovery.keys.js';
import { lookThrough } from './recovery.look.js';
import { proveRefusals } from './recovery.refusals.js';
import { fullDisk, proveStores } from './recovery.stores.js';
import { lastLine, type Proved, type RecoveryResult } from './recovery.told.js';
import { RecoveryWorld, asked } from './recovery.world.js';

/** How much of it. */
export interface RecoveryScale {
  /** Megabytes of rows beside those that are written meanwhile. */
  megabytes: number;
  /** Moments that are restored to. */
  moments: number;
  /** Bytes that are changed. */
  bytes: number;
  /** Milliseconds of writing before and after who keeps the log is killed. */
  writingMs: number;
  /** Also what does not depend on how much there is: stores, keys, refusals. */
  all: boolean;
}

export const SCALES = {
  small: { megabytes: 8, moments: 3, bytes: 8, writingMs: 6_000, all: true },
  usual: { megabytes: 100, moments: 20, bytes: 24, writingMs: 20_000, all: true },
  large: { megabytes: 2_000, moments: 4, bytes: 4, writingMs: 20_000, all: false },
} as const satisfies Record<string, RecoveryScale>;

export interface RecoveryOptions {
  scale: RecoveryScale;
  random: () => number;
  report: (result: RecoveryResult) => void;
  skip: (name: string) => void;
}

/** What may be lost with a machine. */
const RPO_MS = 5_000;

export async function proveRecovery({ scale: { megabytes, moments, bytes, writingMs, all }, random, report, skip }: RecoveryOptions): Promise<RecoveryResult[]> {
  const world = await RecoveryWorld.open();
  const results: RecoveryResult[] = [];
  const proved: Proved = (name, violations, told) => {
    const result = { name, violations, told };
    results.push(result);
    report(result);
  };
  try {
    const erased = newId();
    const [same, large] = [randomBytes(3_000), Buffer.alloc(9_000_000, randomBytes(64))];
    for (const [key, content, tenant] of [['media/one/a.1.bin', same], ['media/one/b.1.bin', same], ['media/one/c.2.bin', large], ['media/two/d.1.bin', randomBytes(2_000), erased]] as const) await world.keepFile(key, content, tenant);
    world.write();
    if (all) {
      await proveStores(world, proved);
      await fullDisk(world, proved, skip);
    }
    await world.fill(megabytes);
    for (const { point } of backupCrashTable) {
      const { code, text } = await world.run('backup', ['create'], { SWITCHBOARD_CRASH_AT: point });
      const { text: listed } = await world.run('backup', ['list']);
      const whole = point === 'backup:manifest' ? 1 : 0;
      proved(`killed at ${point}`, [...(code === null ? [] : [`it was not killed: ${text}`]), ...(listed.includes(`${whole} backups, `) ? [] : [`list says: ${listed}`])], lastLine(listed));
    }
    const keeper = world.start('backup', ['keep-log']);
    const made = await world.run('backup', ['create', '--label', 'proof']);
    proved('taken under load', made.code === 0 ? [] : [made.text], lastLine(made.text));
    const from = Date.now();
    const before = await erase(world, erased);
    await storeAway(world, proved);
    await changedBytes(world, bytes, random, proved);
    if (all) {
      await proveKeys(world, proved);
      await proveRefusals(world, proved);
    }
    await sleep(writingMs);
    const until = Date.now() - RPO_MS;
    keeper.child.kill('SIGKILL');
    const again = world.start('backup', ['keep-log']);
    await sleep(writingMs);
    const killedAt = await world.killServer();
    await world.rest();
    await sleep(500);
    again.child.kill('SIGKILL');
    await Promise.all([keeper.ended, again.ended]);
    const last = await world.restored('last', []);
    const { count, oldest, violations } = world.history.lost(last.rows);
    const rpo = oldest === null ? 0 : killedAt - oldest;
    proved('killed, and restored to the last second', [...last.violations, ...violations, ...(rpo > RPO_MS ? [`what was acknowledged ${rpo} ms before the end is lost`] : [])],
      `${world.history.changes} changes acknowledged, ${count} lost, the oldest of them ${rpo} ms before the end; ${last.rows.size} rows`);
    for (let number = 1; number <= moments; number += 1) {
      const moment = Math.floor(from + random() * (until - from));
      const then = await world.restored(`moment-${number}`, ['--time', new Date(moment).toISOString()]);
      proved(`restored to ${new Date(moment).toISOString()}`, [...then.violations, ...(then.ran.code === 0 ? world.history.differences(then.rows, moment) : [])], `${then.rows.size} rows, each as it was`);
    }
    const forgotten = await world.restored('erased', ['--time', new Date(before).toISOString()], async (url) => {
      const left = await asked<{ left: string }>(url, `select 'organization' as left from identity.organization where tenant_id = '${erased}' union all select key from conversations.stored_file where tenant_id = '${erased}'`);
      return left.map((row) => `of who was erased there is still ${row.left}`);
    });
    proved('restored to before somebody was erased', [...forgotten.violations, ...(forgotten.ran.text.includes(`erased tenant ${erased} again`) ? [] : [forgotten.ran.text]), ...world.history.differences(forgotten.rows, before)], 'nothing of theirs');
    await lookThrough(world, proved);
    return results;
  } finally {
    await world.close();
  }
}

/** A tenant that there is at one moment, and who is erased after it. @returns the moment */
async function erase(world: RecoveryWorld, tenant: string): Promise<number> {
  await world.query(`insert into identity.organization (tenant_id, name, created_at) values ('${tenant}', 'Erased', now())`);
  await sleep(100);
  const before = Date.now();
  await sleep(100);
  await world.query(`delete from identity.organization where tenant_id = '${tenant}'; delete from conversations.stored_file where tenant_id = '${tenant}';
    insert into tenancy.tenant_erasure (id, started_at, announced_at) values ('${tenant}', now(), now())`);
  return before;
}

/** The place of backups is gone for a while: writers do not wait for it, and the log is whole when it is back. */
async function storeAway(world: RecoveryWorld, proved: Proved): Promise<void> {
  const before = world.history.changes;
  await rename(world.store, `${world.store}-away`);
  await writeFile(world.store, 'in the way');
  const { code, text } = await world.run('backup', ['create']);
  await sleep(3_000);
  const written = world.history.changes - before;
  await rename(world.store, `${world.store}-obstacle`);
  await rename(`${world.store}-away`, world.store);
  proved('without its place', [...(code === 1 ? [] : [`a backup did not fail: ${text}`]), ...(written > 0 ? [] : ['writers waited for it'])], `${written} changes were made meanwhile`);
}
