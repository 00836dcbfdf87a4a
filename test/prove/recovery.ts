// The recovery proof: a server under write load is backed up by commands that are killed in each phase, is killed itself, and comes back with everything but its last seconds; at any moment it is as it was then; and no byte of a backup can be changed unseen.
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { backupCrashTable } from '../../workers/backups/backup.crash.js';
import { RecoveryWorld, type Acknowledged } from './recovery.world.js';

export interface RecoveryOptions {
  small: boolean;
  random: () => number;
  report: (result: RecoveryResult) => void;
}

export interface RecoveryResult {
  name: string;
  violations: string[];
  /** Figures worth telling. */
  told: string;
}

/** What may be lost with a machine. */
const RPO_MS = 5_000;

export async function proveRecovery({ small, random, report }: RecoveryOptions): Promise<RecoveryResult[]> {
  const world = await RecoveryWorld.open();
  const results: RecoveryResult[] = [];
  const proved = (name: string, violations: string[], told: string): void => {
    const result = { name, violations, told };
    results.push(result);
    report(result);
  };
  try {
    world.write();
    for (const { point } of backupCrashTable) {
      const { code, text } = await world.run('backup', ['create'], { SWITCHBOARD_CRASH_AT: point });
      const { text: listed } = await world.run('backup', ['list']);
      const whole = point === 'backup:manifest' ? 1 : 0;
      proved(`killed at ${point}`, [...(code === null ? [] : [`it was not killed: ${text}`]), ...(listed.includes(`${whole} backups, `) ? [] : [`list says: ${listed}`])], listed.split('\n').at(-1) ?? '');
    }
    const keeper = world.start('backup', ['keep-log']);
    const made = await world.run('backup', ['create', '--label', 'proof']);
    proved('taken under load', made.code === 0 ? [] : [made.text], made.text.split('\n').at(-1) ?? '');
    const erased = await erase(world);
    await storeAway(world, proved);
    await changedBytes(world, small ? 6 : 40, random, proved);
    const from = Date.now();
    await sleep(small ? 6_000 : 30_000);
    const until = Date.now() - RPO_MS;
    keeper.child.kill('SIGKILL');
    const again = world.start('backup', ['keep-log']);
    await sleep(small ? 6_000 : 20_000);
    const killedAt = await world.killServer();
    await world.rest();
    await sleep(500);
    again.child.kill('SIGKILL');
    await Promise.all([keeper.ended, again.ended]);
    const last = await world.restored('last', []);
    const lost = world.acknowledged.filter(({ id }) => !last.ids.has(id)).sort((one, other) => one.ackedAt - other.ackedAt);
    const rpo = lost[0] ? killedAt - lost[0].ackedAt : 0;
    proved('killed, and restored to the last second', [...(last.ran.code === 0 ? [] : [last.ran.text]), ...(rpo > RPO_MS ? [`what was acknowledged ${rpo} ms before the end is lost`] : []), ...holes(world.acknowledged, last.ids, lost)],
      `${world.acknowledged.length} rows acknowledged, ${lost.length} lost, the oldest of them ${rpo} ms before the end`);
    for (let number = 1; number <= (small ? 3 : 20); number += 1) {
      const moment = Math.floor(from + random() * (until - from));
      const { ran, ids } = await world.restored(`moment-${number}`, ['--time', new Date(moment).toISOString()]);
      proved(`restored to ${new Date(moment).toISOString()}`, ran.code === 0 ? differences(world.acknowledged, ids, moment) : [ran.text], `${ids.size} rows`);
    }
    const forgotten = await world.restored('erased', ['--time', new Date(erased.before).toISOString()], `select 1 as id from identity.organization where tenant_id = '${erased.tenant}'`);
    proved('restored to before somebody was erased', forgotten.ran.code === 0 && forgotten.ids.size === 0 && forgotten.ran.text.includes(`erased tenant ${erased.tenant} again`) ? [] : [forgotten.ran.text], `${forgotten.ids.size} rows of theirs`);
    return results;
  } finally {
    await world.close();
  }
}

/** A tenant that there is at one moment, and who is erased after it. */
async function erase(world: RecoveryWorld): Promise<{ tenant: string; before: number }> {
  const tenant = newId();
  await world.query(`insert into identity.organization (tenant_id, name, created_at) values ('${tenant}', 'Erased', now())`);
  await sleep(100);
  const before = Date.now();
  await sleep(100);
  await world.query(`delete from identity.organization where tenant_id = '${tenant}'; insert into tenancy.tenant_erasure (id, started_at, announced_at) values ('${tenant}', now(), now())`);
  return { tenant, before };
}

/** Within a millisecond nobody can say which came first. */
function differences(acknowledged: readonly Acknowledged[], ids: ReadonlySet<number>, moment: number): string[] {
  const missing = acknowledged.filter(({ id, ackedAt }) => ackedAt < moment - 1 && !ids.has(id)).length;
  const early = acknowledged.filter(({ id, sentAt }) => sentAt > moment + 1 && ids.has(id)).length;
  return [...(missing > 0 ? [`${missing} rows of before are missing`] : []), ...(early > 0 ? [`${early} rows of after are there`] : [])];
}

/** What is lost is the end, and not something in the middle: nothing that is there was sent after something lost was acknowledged. */
function holes(acknowledged: readonly Acknowledged[], ids: ReadonlySet<number>, lost: readonly Acknowledged[]): string[] {
  const first = lost[0]?.ackedAt ?? Infinity;
  const later = acknowledged.filter(({ id, sentAt }) => ids.has(id) && sentAt > first).length;
  return later > 0 ? [`${later} rows are there that came after a lost one`] : [];
}

type Proved = (name: string, violations: string[], told: string) => void;

/** The place of backups is gone for a while: writers do not wait for it, and the log is whole when it is back. */
async function storeAway(world: RecoveryWorld, proved: Proved): Promise<void> {
  const before = world.acknowledged.length;
  await rename(world.store, `${world.store}-away`);
  await writeFile(world.store, 'in the way');
  const { code, text } = await world.run('backup', ['create']);
  await sleep(3_000);
  const written = world.acknowledged.length - before;
  await rename(world.store, `${world.store}-obstacle`);
  await rename(`${world.store}-away`, world.store);
  proved('without its place', [...(code === 1 ? [] : [`a backup did not fail: ${text}`]), ...(written > 0 ? [] : ['writers waited for it'])], `${written} rows were written meanwhile`);
}

async function changedBytes(world: RecoveryWorld, tries: number, random: () => number, proved: Proved): Promise<void> {
  const clean = await world.run('backup', ['verify', '--level', 'L3']);
  proved('verified', clean.code === 0 && clean.text.includes('reaches L3 of L3') ? [] : [clean.text], clean.text.split('\n').at(-1) ?? '');
  const [, id = ''] = /backup (\S+) reaches/.exec(clean.text) ?? [];
  const backup = (await readdir(join(world.store, 'backups', id))).map((name) => `backups/${id}/${name}`);
  const log = (await readdir(join(world.store, 'wal', '00000001'))).map((name) => `wal/00000001/${name}`);
  const keys = (await readdir(join(world.store, 'keys'))).map((name) => `keys/${name}`);
  const inUse = await keysInUse(world, id);
  const chosen = [backup, log.slice(-3), keys.filter((key) => inUse.has(key))].flatMap((names) => Array.from({ length: Math.ceil(tries / 3) }, () => names[Math.floor(random() * names.length)] ?? ''));
  await mkdir(join(world.folder, 'kept'), { recursive: true });
  for (const key of new Set(chosen)) {
    const path = join(world.store, key);
    const kept = await readFile(path);
    const changed = Buffer.from(kept);
    const at = Math.floor(random() * changed.length);
    changed[at] = changed[at]! ^ (1 << Math.floor(random() * 8));
    await writeFile(path, changed);
    const { code, text } = await world.run('backup', ['verify', id, '--level', 'L1']);
    proved(`byte ${at} of ${key} changed`, code === 1 && text.includes(key) ? [] : [`verify said: ${text}`], text.split('\n')[0] ?? '');
    await writeFile(path, kept);
  }
}

/** That of the signer, which every document needs, and that of the backup. */
async function keysInUse(world: RecoveryWorld, id: string): Promise<Set<string>> {
  const { signer } = JSON.parse(await readFile(join(world.store, 'repository.json'), 'utf8')) as { signer: string };
  const { document } = JSON.parse(await readFile(join(world.store, 'backups', id, 'manifest.json'), 'utf8')) as { document: string };
  return new Set([signer, (JSON.parse(document) as { key: string }).key].map((key) => `keys/${key}.json`));
}
