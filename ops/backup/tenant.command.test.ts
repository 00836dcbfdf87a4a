// The commands of backups of one tenant, as an operator types them: their lines, their ends, and one sentence for what they do not understand.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { TEST_MASTER_KEY } from '../../test/kit/subgraph.js';
import { TenantBackups } from '../../test/kit/tenant.backups.js';
import type { FilledTenant } from '../../test/kit/tenant.rows.js';
import { backupCommand } from './backup.command.js';
import type { CommandEnd, CommandParts } from './command.parts.js';
import { restoreCommand } from './restore.command.js';

let house: TenantBackups;
let tenant: FilledTenant;
let parts: CommandParts;
beforeAll(async () => {
  house = await TenantBackups.start();
  tenant = await house.tenant();
  parts = {
    config: readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATABASE_URL: house.database.adminUrl, BACKUP_FOLDER: join(house.folder, 'store'), SWITCHBOARD_DATA_DIR: house.folder, SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY }),
    say: () => undefined, ended: new Promise(() => undefined),
  };
});
afterAll(() => house?.close());

const backup = (...args: string[]): Promise<CommandEnd> => backupCommand(args, parts);
const restore = (...args: string[]): Promise<CommandEnd> => restoreCommand(['tenant', ...args], parts);

it('takes, lists, verifies, tries and restores', async () => {
  const id = encodeId('tnt', tenant.id);
  const { lines: [taken = ''] } = await backup('tenant', id, '--label', 'by-hand');
  const [snapshot = ''] = taken.split(' ');
  expect(taken).toMatch(/^[0-9a-f-]{36} {2}by-hand {2}ended .* 3 files, .* stored anew, in /);
  expect(await backup('list', id)).toEqual({ ok: true, lines: [expect.stringContaining(snapshot), '1 backups of this tenant, 0 damaged'] });
  expect(await backup('verify', snapshot)).toEqual({ ok: true, lines: [`backup ${snapshot} of the tenant ${tenant.id} is whole`] });
  await house.admin.query('delete from conversations.note_mention where tenant_id = $1', [tenant.id]);
  const tried = await restore(snapshot, '--replace', '--dry-run');
  expect(tried.lines).toEqual(expect.arrayContaining(['conversations.note_mention: 3', expect.stringContaining('would take the place of what there is')]));
  expect((await house.admin.query('select from conversations.note_mention where tenant_id = $1', [tenant.id])).rowCount).toBe(0);
  const { lines } = await restore(snapshot, '--replace');
  expect(lines.slice(-2)).toEqual([expect.stringMatching(new RegExp(`^restored \\d+ rows and 0 files of backup ${snapshot} into ${id}; `)), expect.stringContaining('reactivate it (tenantReactivate)')]);
  expect((await house.admin.query('select from conversations.note_mention where tenant_id = $1', [tenant.id])).rowCount).toBe(3);
  const made = (await restore(snapshot, '--new', '--name', 'Another')).lines.join('\n');
  expect(made).toMatch(/into tnt_/);
  expect((await house.admin.query('select state from tenancy.tenant where name = $1', ['Another'])).rows).toEqual([{ state: 'SUSPENDED' }]);
  const told = (await house.admin.query<{ action: string }>(`select event->>'action' as action from compliance.platform_audit_staging order by id`)).rows.map(({ action }) => action);
  expect(told).toEqual(['backup.create', 'tenant.restore', 'tenant.restore']);
});

it.each<[string, string[], RegExp]>([
  ['no mode', [newId()], /^Usage: /], ['two modes', [newId(), '--new', '--merge'], /^Usage: /], ['what is no option', [newId(), '--all'], /--all is not understood here/],
  ['a name for what has one', [newId(), '--merge', '--name', 'x'], /^A name is for a new tenant/], ['no such backup', [newId(), '--merge'], /^There is no backup .* of a tenant\.$/],
])('says in a sentence what is wrong with %s', async (_what, args, sentence) => {
  await expect(restore(...args)).rejects.toThrow(sentence);
});

it('says in a sentence what is no tenant', async () => {
  await expect(backup('tenant', 'aurora')).rejects.toThrow(/^aurora is no tenant's id, like tnt_/);
  await expect(backup('tenant', encodeId('tnt', newId()))).rejects.toThrow(/^There is no tenant /);
});
