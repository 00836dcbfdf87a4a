// Backups of one tenant and their restores by the commands themselves, killed with SIGKILL at every named point: given again, each comes to the same end.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { definitions } from '../../ops/composition.js';
import { KERNEL_STAYS } from '../../subgraphs/kernel/data/snapshot-rules.js';
import { tenantRestoreCrashTable, tenantSnapshotCrashTable } from '../../workers/tenant-backups/tenant.crash.js';
import { compileProduct, discardProduct } from '../kit/product.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { TenantBackups } from '../kit/tenant.backups.js';
import { rowsOfTenant, type FilledTenant } from '../kit/tenant.rows.js';

let code: string;
let house: TenantBackups;
let tenant: FilledTenant;
beforeAll(async () => {
  code = compileProduct();
  house = await TenantBackups.start();
  tenant = await house.tenant();
});
afterAll(async () => {
  await house?.close();
  discardProduct(code);
});

async function run(command: 'backup' | 'restore', args: readonly string[], crashAt?: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [join(code, 'ops/cli', `${command}.js`), ...args], {
    env: {
      ...process.env, NODE_ENV: 'development', DATABASE_URL: house.database.adminUrl, BACKUP_FOLDER: join(house.folder, 'store'), SWITCHBOARD_DATA_DIR: house.folder, SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY,
      ...(crashAt === undefined ? {} : { SWITCHBOARD_CRASH_AT: crashAt }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  const [ended] = await once(child, 'close') as [number | null];
  return { code: ended, text: String(Buffer.concat(said)).trim() };
}

/** Tables that a restore in place writes whole. */
const inPlace = definitions.flatMap(({ name, tenantSnapshot }) => {
  const named = [KERNEL_STAYS, tenantSnapshot?.stays, tenantSnapshot?.ends, tenantSnapshot?.settled].flatMap((of) => Object.keys(of ?? {})).map((table) => `${name}.${table}`);
  return (table: string) => table.startsWith(`${name}.`) && !named.includes(table);
});
const rows = async (id: string): Promise<[string, string[]][]> => [...await rowsOfTenant(house.admin, id)].filter(([table]) => inPlace.some((is) => is(table)));
const snapshots = async (): Promise<string[]> => (await run('backup', ['list', tenant.id])).text.split('\n').slice(0, -1).map((line) => line.split(' ')[0] ?? '');

it('is killed at every point, and given again comes to its end', async () => {
  for (const [number, { point }] of tenantSnapshotCrashTable.entries()) {
    expect([point, (await run('backup', ['tenant', tenant.id], point)).code]).toEqual([point, null]);
    // Only the last of them leaves something that counts.
    expect((await snapshots()).length).toBe(number === tenantSnapshotCrashTable.length - 1 ? 1 : 0);
  }
  expect(await run('backup', ['tenant', tenant.id])).toMatchObject({ code: 0 });
  const snapshot = (await snapshots()).at(-1) ?? '';
  expect(await run('backup', ['verify', snapshot])).toMatchObject({ code: 0 });
  const before = await rows(tenant.id);
  for (const { point } of tenantRestoreCrashTable) {
    for (const table of ['conversations.note_mention', 'commerce.customer_tag', 'identity.presence', 'tenancy.bot_inbox']) await house.admin.query(`delete from ${table} where tenant_id = $1`, [tenant.id]);
    expect([point, (await run('restore', ['tenant', snapshot, '--replace'], point)).code]).toEqual([point, null]);
    const again = await run('restore', ['tenant', snapshot, '--replace']);
    expect([point, again.code, again.text.includes(' goes on: ')]).toEqual([point, 0, !['tenant-restore:files', 'tenant-restore:rows'].includes(point)]);
    expect(await rows(tenant.id)).toEqual(before);
  }
  for (const { point } of tenantRestoreCrashTable) {
    expect([point, (await run('restore', ['tenant', snapshot, '--new', '--name', point], point)).code]).toEqual([point, null]);
    const { code: ended, text } = await run('restore', ['tenant', snapshot, '--new', '--name', point]);
    expect([point, ended]).toEqual([point, 0]);
    // One, however often it was given.
    expect((await house.admin.query('select from tenancy.tenant where name = $1', [point])).rowCount).toBe(1);
    expect(text).toContain('the tenant is suspended');
  }
  expect(await rows(tenant.id)).toEqual(before);
}, 600_000);
