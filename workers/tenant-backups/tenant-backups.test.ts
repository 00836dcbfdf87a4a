// Backups of one tenant with rows in every table of all five schemas, and files: taken, spoiled, and put in its place again while another tenant is written to; killed and gone on with; merged; refused.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { definitions } from '../../ops/composition.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { SealedReader } from '../../subgraphs/kernel/crypto/sealed-reader.js';
import { KERNEL_STAYS } from '../../subgraphs/kernel/data/snapshot-rules.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { TenantBackups, once, testMaster } from '../../test/kit/tenant.backups.js';
import { rowsOfTenant, type FilledTenant } from '../../test/kit/tenant.rows.js';
import { Repository } from '../backups/repository.js';
import { planTenantRestore } from './restore.plan.js';
import type { RestoreMode } from './row.writer.js';
import { takeSnapshot, withTenantAlone, type TakenSnapshot } from './snapshot.create.js';
import { verifySnapshot } from './snapshot.verify.js';
import { findTenantSnapshot } from './tenant.manifest.js';
import { tenantRestoreCrashTable } from './tenant.crash.js';
import { restoreTenant, sums, type RestoredTenant } from './tenant.restore.js';
import type { TenantSources } from './tenant.source.js';

let house: TenantBackups;
let sources: TenantSources;
let aurora: FilledTenant;
let rival: FilledTenant;
let taken: TakenSnapshot;
let before: Map<string, string[]>;

beforeAll(async () => {
  house = await TenantBackups.start();
  sources = house.sources;
  aurora = await house.tenant();
  rival = await house.tenant('ACTIVE');
  before = await rowsOfTenant(house.admin, aurora.id);
  taken = await withTenantAlone(sources, aurora.id, () => takeSnapshot(sources, { tenantId: aurora.id, label: 'manual' }));
});
afterAll(() => house?.close());

const restore = async (mode: RestoreMode, snapshot = taken.manifest.id, name: string | null = null, crash?: (point: string) => void): Promise<RestoredTenant & { target: string }> =>
  withTenantAlone(sources, aurora.id, async () => {
    const plan = await planTenantRestore(sources, { snapshot, mode, name });
    return { ...await restoreTenant(sources, plan, crash ? { crash } : {}), target: plan.target };
  });

/** Tables that a restore in place leaves as they are, and those whose rows go. */
const named = (of: 'stays' | 'ends' | 'grows'): string[] => definitions.flatMap(({ name, tenantSnapshot }) =>
  [...Object.keys(tenantSnapshot?.[of] ?? {}), ...(of === 'stays' ? Object.keys(KERNEL_STAYS) : [])].map((table) => `${name}.${table}`));
/** Columns that come back otherwise than they were. */
const free = Map.groupBy(definitions.flatMap(({ name, tenantSnapshot }) => [
  ...Object.entries(tenantSnapshot?.settled ?? {}).flatMap(([table, columns]) => Object.keys(columns).map((column) => ({ table: `${name}.${table}`, column }))),
  ...Object.keys(tenantSnapshot?.keeps ?? {}).map((column) => ({ table: `${name}.${column.split('.')[0] ?? ''}`, column: column.split('.')[1] ?? '' })),
]), ({ table }) => table);
const plain = (table: string, lines: readonly string[] = []): string[] => lines.map((line) => {
  const columns = free.get(table);
  if (!columns) return line;
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line) as object).filter(([name]) => !columns.some(({ column }) => column === name))));
}).sort();
const content = async (key: string): Promise<string | null> => {
  const found = await sources.files.get(key);
  return found ? String(await buffer(found.stream)) : null;
};
const inPlace = (): string[] => [...before.keys()].filter((table) => !named('stays').includes(table) && !named('ends').includes(table));

async function expectRestored(): Promise<void> {
  const after = await rowsOfTenant(house.admin, aurora.id);
  for (const table of inPlace()) expect([table, plain(table, after.get(table))]).toEqual([table, plain(table, before.get(table))]);
  for (const table of named('ends')) expect([table, after.get(table)]).toEqual([table, []]);
  for (const [key, bytes] of aurora.files) expect(await content(key)).toBe(String(bytes));
}

/** As somebody does who had better not. */
async function spoil(): Promise<string> {
  const { admin } = house;
  await admin.query(`set session_replication_role = 'replica'`);
  for (const table of inPlace()) if (!['tenancy.tenant', 'identity.organization'].includes(table)) await admin.query(`delete from ${table} where ctid in (select ctid from ${table} where tenant_id = $1 limit 2)`, [aurora.id]);
  await admin.query(`update conversations.contact set name = 'spoiled' where tenant_id = $1`, [aurora.id]);
  await admin.query(`update tenancy.tenant set name = 'spoiled' where tenant_id = $1`, [aurora.id]);
  const added = `media/${aurora.id}/${newId()}`;
  await sources.files.put(added, once(Buffer.from('came since')));
  await admin.query('insert into conversations.stored_file (tenant_id, key, bytes, stored_at) values ($1, $2, 10, now())', [aurora.id, added]);
  await admin.query(`set session_replication_role = 'origin'`);
  const [lost, changed] = [...aurora.files.keys()];
  await sources.files.remove(lost ?? '');
  await sources.files.put(changed ?? '', once(Buffer.from('something else')));
  return added;
}

it('holds every row but those that are named, and every file', async () => {
  expect(await verifySnapshot(sources.repository, taken.manifest)).toEqual([]);
  for (const [table, lines] of before) {
    const [schema = '', name = ''] = table.split('.');
    const without = named('stays').includes(table) || named('ends').includes(table);
    expect([table, taken.manifest.rows[schema]?.[name] ?? null]).toEqual([table, without ? null : lines.length]);
  }
  expect(taken.manifest.files).toEqual({ count: 3, bytes: expect.any(Number), gone: 0 });
  expect(new Set(Object.values(taken.manifest.moments)).size).toBe(1);
});

it('takes the place of what was spoiled, while another tenant is written to, whose rows stay its own', async () => {
  const [others, stayed] = [await rowsOfTenant(house.admin, rival.id), await rowsOfTenant(house.admin, aurora.id)];
  const added = await spoil();
  const writer = new Client({ connectionString: house.database.adminUrl });
  await writer.connect();
  let [writing, written] = [true, 0];
  const write = (async () => {
    for (; writing; written += 1) {
      await writer.query('update conversations.contact set name = $2 where tenant_id = $1', [rival.id, `written ${written}`]);
      await sleep(1);
    }
  })();
  const restored = await restore('REPLACE');
  writing = false;
  await write;
  await writer.end();
  expect(written).toBeGreaterThan(5);
  await expectRestored();
  expect([await content(added), sums(restored.schemas).unreadable, restored.files.written]).toEqual([null, 0, 2]);
  const after = await rowsOfTenant(house.admin, aurora.id);
  const told = new Set(['compliance.audit_staging', ...definitions.map(({ name }) => `${name}.quota`)]);
  for (const table of named('stays').filter((one) => before.has(one) && !told.has(one))) expect([table, after.get(table)]).toEqual([table, stayed.get(table)]);
  const theirs = await rowsOfTenant(house.admin, rival.id);
  for (const [table, lines] of others) if (table !== 'conversations.contact') expect([table, theirs.get(table)]).toEqual([table, lines]);
  expect(theirs.get('conversations.contact')?.every((line) => line.includes(`"name":"written ${written - 1}"`))).toBe(true);
  const staged = (await house.admin.query<{ event: { action: string; after: object } }>(`select event from compliance.audit_staging where tenant_id = $1 and event ->> 'action' = 'tenant.restore'`, [aurora.id])).rows;
  expect(staged.map(({ event }) => event.after)).toEqual([{ backup: taken.manifest.id, takenAt: expect.any(String), mode: 'REPLACE', rows: sums(restored.schemas).rows, left: sums(restored.schemas).left }]);
});

it('opens what is sealed after its key was rotated away', async () => {
  for (const { name } of definitions) await house.admin.query(`delete from ${name}.data_key where tenant_id = $1`, [aurora.id]);
  await restore('REPLACE');
  for (const { name, sealed = [] } of definitions) {
    const reader = await SealedReader.of(house.admin, name, testMaster, aurora.id);
    for (const { table, column, row } of sealed.filter(({ tenant }) => 'column' in tenant)) {
      const { rows } = await house.admin.query<{ row: string; value: Buffer }>(`select ${row} as row, ${column} as value from ${name}.${table} where tenant_id = $1`, [aurora.id]);
      for (const one of rows) expect(reader.open({ tenantId: aurora.id, table, column, row: one.row }, one.value)).toBe(aurora.sealed.get(`${name}.${table}.${column} ${one.row}`));
    }
  }
});

describe('killed', () => {
  // In the first schema that passes the point, and in a later one.
  const trials = tenantRestoreCrashTable.flatMap(({ point }): { point: string; pass: number }[] => (point === 'tenant-restore:files' ? [1] : [1, 3]).map((pass) => ({ point, pass })));

  it.each(trials)('at $point, pass $pass, it goes on where it was', async ({ point, pass }) => {
    await spoil();
    let passed = 0;
    await expect(restore('REPLACE', taken.manifest.id, null, (at) => {
      if (at !== point || (passed += 1) !== pass) return;
      throw new Error('killed');
    })).rejects.toThrow('killed');
    const done = async (): Promise<string[]> => {
      const all: string[] = [];
      for (const { name } of sources.schemas) all.push(...(await house.admin.query<{ restore: string }>(`select restore from ${name}.tenant_restored order by at desc, restore limit 1`)).rows.map(({ restore: id }) => id));
      return all;
    };
    const plan = await planTenantRestore(sources, { snapshot: taken.manifest.id, mode: 'REPLACE', name: null });
    // Before the first commit there is nothing to go on with.
    expect(plan.resumed).toBe(!(point === 'tenant-restore:files' || (point === 'tenant-restore:rows' && pass === 1)));
    await restore('REPLACE');
    expect(new Set(await done()).size).toBe(1);
    await expectRestored();
  });
});

it('merges what is missing, and touches nothing that is there', async () => {
  await restore('REPLACE');
  const { admin } = house;
  await admin.query(`update conversations.contact set name = 'newer' where tenant_id = $1`, [aurora.id]);
  await admin.query('delete from conversations.note_mention where tenant_id = $1', [aurora.id]);
  await admin.query('delete from commerce.timeline_entry where tenant_id = $1', [aurora.id]);
  await admin.query('delete from commerce.customer_tag where tenant_id = $1', [aurora.id]);
  const there = await rowsOfTenant(admin, aurora.id);
  const { schemas } = await restore('MERGE');
  const after = await rowsOfTenant(admin, aurora.id);
  const missing = new Set(['conversations.note_mention', 'commerce.timeline_entry', 'commerce.customer_tag']);
  for (const table of inPlace()) expect([table, after.get(table)]).toEqual([table, missing.has(table) ? before.get(table) : there.get(table)]);
  expect(sums(schemas).rows).toBe([...missing].reduce((sum, table) => sum + (before.get(table)?.length ?? 0), 0));
});

it('leaves out who is no more', async () => {
  const [gone = ''] = aurora.people;
  const { rows: [account] } = await house.admin.query<{ line: string }>('select row_to_json(a)::text as line from identity.account a where id = $1', [gone]);
  await house.admin.query('delete from identity.account where id = $1', [gone]);
  const { schemas } = await restore('REPLACE');
  expect(schemas['identity']?.rows['membership']).toEqual({ written: 2, left: 1 });
  expect(schemas['identity']?.rows['membership_role']?.left).toBe(1);
  expect((await house.admin.query('select from identity.membership where user_id = $1', [gone])).rowCount).toBe(0);
  await house.admin.query('insert into identity.account select * from json_populate_record(null::identity.account, $1::json)', [account?.line]);
});

describe('is refused, in a sentence, with nothing touched', () => {
  let there: Map<string, string[]>;
  beforeEach(async () => { there = await rowsOfTenant(house.admin, aurora.id); });
  const refused = async (mode: RestoreMode, sentence: RegExp, snapshot = taken.manifest.id, of = sources): Promise<void> => {
    await expect(planTenantRestore(of, { snapshot, mode, name: null })).rejects.toThrow(sentence);
    expect(await rowsOfTenant(house.admin, aurora.id)).toEqual(there);
  };

  it('when it is not there', () => refused('REPLACE', /^There is no backup .* of a tenant\.$/, newId()));

  it('when somebody may work in it', async () => {
    const set = (state: string) => house.admin.query('update tenancy.tenant set state = $2 where tenant_id = $1', [aurora.id, state]);
    await set('ACTIVE');
    there = await rowsOfTenant(house.admin, aurora.id);
    await refused('REPLACE', /is active: suspend it first/);
    await set('SUSPENDED');
  });

  it('when it is of another version', async () => {
    const at = (version: string): TenantSources => ({ ...sources, schemas: sources.schemas.map((one) => (one.name === 'commerce' ? { ...one, version } : one)) });
    await refused('MERGE', /is of a newer version of the product \(commerce is at /, taken.manifest.id, at('20200101-01-first'));
    await refused('MERGE', /is of an older version of the product \(commerce is at /, taken.manifest.id, at('29990101-01-last'));
  });

  it('when its manifest is of another installation', async () => {
    const other = new FolderStorage(join(house.folder, 'other'));
    await Repository.open(other, testMaster, true);
    for (const name of await readdir(join(house.folder, 'store', 'tenants', aurora.id))) {
      await other.put(`tenants/${aurora.id}/${name}`, once(await readFile(join(house.folder, 'store', 'tenants', aurora.id, name))));
    }
    await refused('MERGE', /was signed by somebody else: it is not of this installation\.$/, taken.manifest.id, { ...sources, repository: await Repository.open(other, testMaster, false) });
  });

  it.each<RestoreMode>(['REPLACE', 'MERGE', 'NEW'])('%s of who was erased', async (mode) => {
    await house.admin.query('insert into tenancy.tenant_erasure (id, started_at, announced_at) values ($1, now(), now())', [aurora.id]);
    await refused(mode, /was erased: no backup brings it back\.$/);
    await expect(takeSnapshot(sources, { tenantId: aurora.id, label: 'manual' })).rejects.toThrow('was erased');
    await house.admin.query('delete from tenancy.tenant_erasure');
  });

  it('of a tenant that there is not', async () => {
    await expect(takeSnapshot(sources, { tenantId: newId(), label: 'manual' })).rejects.toThrow(/^There is no tenant /);
    await expect(takeSnapshot(sources, { tenantId: 'aurora', label: 'manual' })).rejects.toThrow('A tenant is named by its id.');
  });

  it('while another one is at it', async () => {
    await withTenantAlone(sources, aurora.id, () => expect(withTenantAlone(sources, aurora.id, async () => undefined)).rejects.toThrow(/already: wait until it has ended\.$/));
  });

  it('when a byte of it was changed, anywhere', async () => {
    const store = join(house.folder, 'store');
    const names = (await readdir(store, { recursive: true, withFileTypes: true })).filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
      .filter((name) => name.includes(taken.manifest.id) || name.includes('/files/') || name.includes(taken.manifest.key));
    expect(names.length).toBeGreaterThan(9);
    const unseen: string[] = [];
    for (const name of names) {
      const bytes = await readFile(name);
      for (let step = 0; step < 24; step += 1) {
        const at = Math.floor((bytes.length - 1) * step / 23);
        const changed = Buffer.from(bytes);
        changed[at] = changed[at]! ^ 1;
        await writeFile(name, changed);
        // What was read before is not read again.
        const repository = await Repository.open(new FolderStorage(store), testMaster, false);
        const seen = async (): Promise<boolean> => {
          const manifest = await findTenantSnapshot(repository, taken.manifest.id);
          return manifest === null || (await verifySnapshot(repository, manifest)).length > 0;
        };
        if (!await seen().catch(() => true)) unseen.push(`${name} at ${at}`);
        if (step === 12) await expect(planTenantRestore({ ...sources, repository }, { snapshot: taken.manifest.id, mode: 'REPLACE', name: null })).rejects.toThrow(/^(?:The (?:object|key|document|backup) |There is no backup ).+\.$/);
      }
      await writeFile(name, bytes);
    }
    expect(unseen).toEqual([]);
    expect(await rowsOfTenant(house.admin, aurora.id)).toEqual(there);
  });
});
