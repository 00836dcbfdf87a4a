// A tenant of the running product is backed up, spoiled, and put in its place again, and made a tenant of its own: by the commands, seen as its people see it, while the others go on.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { backupCommand } from '../../ops/backup/backup.command.js';
import type { CommandParts } from '../../ops/backup/command.parts.js';
import { restoreCommand } from '../../ops/backup/restore.command.js';
import { DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { until } from '../kit/until.js';

const CONTENT = `{ tenant { id name locale currency }
  conversations(first: 50) { nodes { status contact { name } messages(first: 50) { nodes { seq direction type text status } } } }
  customers(first: 50) { nodes { name email } } orders(first: 50) { nodes { number fulfillmentStatus } } products(first: 50) { nodes { name variants { sku } } }
  users(first: 50) { nodes { id } } roles(first: 50) { nodes { name permissions } } bots(first: 50) { nodes { name } } inboxes(first: 50) { nodes { name channel } } }`;

let folder: string;
let platform: TestPlatform;
let admin: Client;
let parts: CommandParts;
let [root, rival] = ['', ''];
const owner = (): Promise<string> => platform.signIn('owner@demo.test');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-tenant-backup-'));
  platform = await bootPlatform({ config: { dataDir: folder } });
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  parts = {
    config: { ...readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATABASE_URL: platform.database.adminUrl, BACKUP_FOLDER: join(folder, 'backups'), SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY }), dataDir: folder },
    say: () => undefined, ended: new Promise(() => undefined),
  };
  [root, rival] = await Promise.all([platform.signIn('root@demo.test'), platform.signIn('owner@rival.test')]) as [string, string];
});
afterAll(async () => {
  await admin?.end();
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function content(by: string): Promise<Record<string, unknown>> {
  const { data, errors } = await platform.ask(CONTENT, {}, by);
  if (!data || errors) throw new Error(JSON.stringify(errors));
  return data;
}
const idOf = (of: Record<string, unknown>): string => (of['tenant'] as { id: string }).id;
const without = (of: Record<string, unknown>) => ({ ...of, tenant: undefined });
async function call(field: string, select: string, input: object, by: string): Promise<Record<string, unknown>> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await platform.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, by);
  if (errors || !data?.[field]) throw new Error(`${field}: ${JSON.stringify(errors)}`);
  return data[field] as Record<string, unknown>;
}
/** Nothing is under way any more. */
const quiet = (): Promise<void> => until(async () => (await admin.query(`select 1 from conversations.outbox union all select 1 from conversations.webhook_delivery where status not in ('PROCESSED', 'FAILED') limit 1`)).rowCount === 0, 'nothing is under way');

it('comes back as it was for its people, while its neighbour sees nothing of it', async () => {
  expect((await platform.deliver('Is there a table tonight?')).status).toBe(200);
  const asked = async () => JSON.stringify(await content(await owner())).includes('Is there a table tonight?');
  await until(asked, 'the message has come');
  await quiet();
  const before = await content(await owner());
  const aurora = idOf(before);
  const neighbour = await content(rival);
  const { lines: [taken = ''] } = await backupCommand(['tenant', aurora], parts);
  const [snapshot = ''] = taken.split(' ');

  const restore = (...args: string[]) => restoreCommand(['tenant', snapshot, ...args], parts);
  await expect(restore('--replace')).rejects.toThrow(/is active: suspend it first \(tenantSuspend\)/);
  expect((await platform.deliver('This one is lost')).status).toBe(200);
  await until(async () => JSON.stringify(await content(await owner())).includes('This one is lost'), 'the second has come');
  await admin.query(`delete from commerce.customer_tag where tenant_id = (select tenant_id from tenancy.tenant where name = 'Trattoria Aurora')`);
  await admin.query(`update conversations.contact set name = 'Spoiled' where tenant_id = (select tenant_id from tenancy.tenant where name = 'Trattoria Aurora')`);
  await call('tenantUpdate', 'tenant { name }', { name: 'Spoiled' }, await owner());
  await call('tenantSuspend', 'tenant { state }', { tenantId: aurora, reason: 'It was spoiled' }, root);
  const { lines } = await restore('--replace');
  expect(lines.at(-1)).toContain('tenantReactivate');
  await call('tenantReactivate', 'tenant { state }', { tenantId: aurora }, root);
  await until(async () => { const { data } = await platform.ask('{ tenant { name } }', {}, await owner().catch(() => '')); return data?.['tenant'] !== null && data !== null && data !== undefined; }, 'it is open again');
  expect(await content(await owner())).toEqual(before);
  expect(await content(rival)).toEqual(neighbour);
  // It goes on: what comes next is added to it.
  expect((await platform.deliver('Are you there again?')).status).toBe(200);
  await until(async () => JSON.stringify(await content(await owner())).includes('Are you there again?'), 'the third has come');

  const made = (await restore('--new', '--name', 'Aurora as it was')).lines.join('\n');
  const [again = ''] = /tnt_[0-9a-z]{26}/.exec(made) ?? [];
  await call('tenantReactivate', 'tenant { state }', { tenantId: again }, root);
  const enter = async (tenantId: string): Promise<string> => {
    const { session } = await call('login', 'session { accessToken }', { email: 'owner@demo.test', password: DEMO_PASSWORD, tenantId }, '') as { session: { accessToken: string } | null };
    return session?.accessToken ?? '';
  };
  await until(async () => await enter(again) !== '', 'its owner is let in');
  const inside = await enter(again);
  const copy = await content(inside);
  expect(without(copy)).toEqual(without(before));
  expect(copy['tenant']).toMatchObject({ id: again, name: 'Aurora as it was' });
  expect((await platform.deliver('To whom does this come?')).status).toBe(200);
  const [old, young] = [await enter(aurora), inside];
  await until(async () => JSON.stringify(await content(old)).includes('To whom does this come?'), 'the fourth has come');
  expect(await content(young)).toEqual(copy);
  expect(await content(rival)).toEqual(neighbour);
});
