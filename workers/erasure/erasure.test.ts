// Erasing a tenant from one schema: in batches, counted over every run, whatever interrupts it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { migrationSets } from '../../ops/composition.js';
import { scanTenant } from '../../ops/scan-tenant.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import { noCrash } from '../../subgraphs/kernel/base/crash-points.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { createTestDatabase, type TestDatabase } from '../../test/kit/database.js';
import { eraser } from './erasure.js';

const [home, elsewhere, both] = [newId(), newId(), newId()];
const PEOPLE = 1_201;
let database: TestDatabase;
let system: Pool;
let admin: Client;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-erasure-'));
  database = await createTestDatabase(migrationSets());
  system = new Pool({ connectionString: database.urls.system, max: 2 });
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  const account = (id: string, name: string): string => `insert into identity.account (id, email, password_hash, display_name, created_at) select ${id}, ${name} || '@erased.test', 'x', 'x', now()`;
  const member = (tenant: string): string => `insert into identity.membership (tenant_id, user_id, display_name, email, status, created_at) select '${tenant}', id, 'x', email, 'ACTIVE', now() from identity.account`;
  await admin.query(`${account('gen_random_uuid()', 'n')} from generate_series(2, ${PEOPLE}) n`);
  await admin.query(account(`'${both}'::uuid`, `'both'`));
  await admin.query(member(home));
  await admin.query(`${member(elsewhere)} where id = $1`, [both]);
  // How many accounts each transaction has deleted, kept by the database itself.
  await admin.query('create table public.deleted (transaction xid8, accounts int)');
  await admin.query(`create function public.note_deleted() returns trigger language plpgsql security definer as $$ begin insert into public.deleted select pg_current_xact_id(), count(*) from gone; return null; end $$`);
  await admin.query('create trigger note_deleted after delete on identity.account referencing old table as gone for each statement execute function public.note_deleted()');
});
afterAll(async () => {
  await admin?.end();
  await system?.end();
  await database?.drop();
  await rm(folder, { recursive: true });
});

const storage = (): FolderStorage => new FolderStorage(folder);
const put = (name: string) => storage().put(`audit-exports/${home}/${name}`, (async function* () { yield 'x'; })());
const erase = (woken: string[] = []) => eraser({
  schema: 'identity', system, systemUrl: database.urls.system, logger: silentLogger, job: identity.definition.erasure!.job, event: identity.definition.erasure!.event, rules: identity.definition.erasure!,
  door: { forget: (tenantId) => storage().removeAll(`audit-exports/${tenantId}/`) }, bus: { wake: (schema: string) => { woken.push(schema); } } as never, crash: noCrash,
}).run({ tenantId: home });
const answers = async () => (await admin.query<{ payload: { tables: { table: string; rows: number }[] } }>(
  `select payload from identity.outbox where tenant_id = $1 and type = 'IdentityErased' order by id`, [home])).rows.map(({ payload }) => payload.tables);
const count = async (from: string) => Number((await admin.query<{ n: string }>(`select count(*) as n from ${from}`)).rows[0]?.n);

it('is interrupted, and goes on: in small transactions, and with a receipt of everything that has gone', async () => {
  // It stops in the middle: a first batch of memberships has gone, and the second cannot.
  await admin.query(`insert into identity.organization (tenant_id, name, created_at) values ($1, 'Erased', now())`, [home]);
  await admin.query(`create function public.stop() returns trigger language plpgsql as $$ begin raise exception 'stopped here'; end $$`);
  await admin.query(`create trigger stop before delete on identity.membership for each row when (old.user_id = '${both}') execute function public.stop()`);
  await put('early.jsonl');
  await expect(erase()).rejects.toThrow('stopped here');
  expect([await answers(), await count('identity.membership'), await count('identity.organization')]).toEqual([[], PEOPLE - 1_000 + 1, 0]);
  await admin.query('drop trigger stop on identity.membership');
  const woken: string[] = [];
  await erase(woken);
  expect([await answers(), woken]).toEqual([[[{ table: 'membership', rows: PEOPLE }, { table: 'organization', rows: 1 }]], ['identity']]);
  // Who belongs to another tenant too stays; nobody else does.
  expect((await admin.query('select id from identity.account')).rows).toEqual([{ id: both }]);
  const { rows: transactions } = await admin.query<{ n: number }>('select sum(accounts)::int as n from public.deleted group by transaction having sum(accounts) > 0 order by 1');
  expect(transactions.map(({ n }) => n)).toEqual([200, 500, 500]);
  // What was counted for the receipt is gone with it, and saying it again adds nothing.
  await erase();
  expect([await count('identity.erased_rows'), (await answers())[1]]).toEqual([0, []]);
});

it('deletes the files again that were written while the rows were going', async () => {
  await admin.query(`insert into identity.organization (tenant_id, name, created_at) values ($1, 'Erased', now())`, [home]);
  const lock = new Client({ connectionString: database.adminUrl });
  await lock.connect();
  await lock.query('begin');
  await lock.query('select from identity.organization where tenant_id = $1 for update', [home]);
  const erasing = erase();
  // Its files are deleted; it waits for the row.
  for (let waiting = 0; waiting === 0;) waiting = await count(`pg_stat_activity where wait_event_type = 'Lock' and query like 'with gone%'`);
  // A second one meanwhile leaves, and does not answer with a part of what has gone.
  await erase();
  expect(await answers()).toHaveLength(2);
  await put('late.jsonl');
  await lock.query('commit');
  await lock.end();
  await erasing;
  expect((await answers()).slice(2)).toEqual([[{ table: 'organization', rows: 1 }]]);
  expect(await readdir(join(folder, 'audit-exports', home))).toEqual([]);
});

it('is told apart by the scan from what is on its way', async () => {
  const found = (await scanTenant(readConfig({ NODE_ENV: 'test' }), database.adminUrl, home)).filter(({ rows }) => rows > 0);
  expect(found).toEqual([{ table: 'identity.outbox', rows: 3, kept: null, onItsWay: true }]);
});
