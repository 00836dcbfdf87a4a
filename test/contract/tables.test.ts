// Every table of every subgraph keeps tenants apart, and no role reaches into another subgraph's schema.
import 'reflect-metadata';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { definitions, migrationSets } from '../../ops/composition.js';
import { KERNEL_PLATFORM_TABLES, OWNER_ROLE, SYSTEM_ROLE, appRole } from '../../subgraphs/kernel/data/kernel-tables.js';
import { keysRotatedOf } from '../../subgraphs/kernel/messaging/key-jobs.js';
import { KEY_HOLDERS } from '../../subgraphs/tenancy/key/key-rotation.entity.js';
import { createTestDatabase } from '../kit/database.js';
import { isolationFaults, tablesOf } from '../kit/isolation.js';

const schemas = definitions.map(({ name }) => name);
const database = await createTestDatabase(migrationSets());
const admin = new Client({ connectionString: database.adminUrl });
await admin.connect();
const tables = await tablesOf(admin, schemas);

afterAll(async () => {
  await admin.end();
  await database.drop();
});

const platformTables = (schema: string): string[] => [
  ...KERNEL_PLATFORM_TABLES, ...definitions.filter(({ name }) => name === schema).flatMap((definition) => definition.platformTables),
];

const personalTables = (schema: string): string[] => definitions.filter(({ name }) => name === schema).flatMap((definition) => definition.personalTables);

describe('every table a policy', () => {
  it('looks at the tables of every subgraph', () => {
    for (const schema of schemas) expect([schema, tables.filter((table) => table.schema === schema).length >= 6]).toEqual([schema, true]);
  });

  it.each(tables)('$schema: $name', (table) => {
    expect(isolationFaults(table, platformTables(table.schema), personalTables(table.schema))).toEqual([]);
  });

  it.each(schemas)('%s lists no platform or personal table that does not exist', (schema) => {
    const present = tables.filter((table) => table.schema === schema).map(({ name }) => name);
    expect([...platformTables(schema), ...personalTables(schema)].filter((name) => !present.includes(name))).toEqual([]);
  });

  it('finds the holes of a table that has them', async () => {
    const [schema = ''] = schemas;
    await admin.query('begin');
    await admin.query(`create table ${schema}.hole (tenant_id uuid, note text)`);
    await admin.query(`create policy hole_open on ${schema}.hole using (tenant_id is not null or true)`);
    const hole = (await tablesOf(admin, schemas)).filter(({ name }) => name === 'hole');
    await admin.query('rollback');
    expect(hole.flatMap((table) => isolationFaults(table, []))).toEqual([
      'owned by postgres', 'row-level security is not enabled and forced',
      expect.stringContaining('hole_open does not hold to the tenant (using'), expect.stringContaining('hole_open does not hold to the tenant (with check'),
    ]);
  });
});

/** Columns of bytes that are not sealed, and why. */
const PLAIN_BYTES: Readonly<Record<string, string>> = {
  'compliance.audit_event.details_hash': 'a salted hash', 'compliance.audit_event.previous': 'a hash', 'compliance.audit_event.salt': 'of a hash, beside it',
  'compliance.platform_audit_event.details_hash': 'a salted hash', 'compliance.platform_audit_event.previous': 'a hash', 'compliance.platform_audit_event.salt': 'of a hash, beside it',
  'compliance.audit_verification.head': 'a hash', 'compliance.log_checkpoint.root': 'a hash', 'compliance.log_stream.head': 'a hash', 'compliance.log_tile.hashes': 'hashes',
  'compliance.log_key.public_key': 'published',
  'conversations.webhook_delivery.body': 'what a provider sent, as its signature covers it',
  'conversations.webhook_replay.body': 'what was read in its place, beside it',
};

describe('columns of bytes', () => {
  it('are declared as sealed, so that their keys rotate, or are named here with the reason why they are not', async () => {
    const found = await admin.query<{ name: string }>(`select format('%s.%s.%s', n.nspname, c.relname, a.attname) as name
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid in ('bytea'::regtype, 'bytea[]'::regtype) and not a.attisdropped
        and (c.relname, a.attname) <> ('data_key', 'wrapped') order by 1`, [schemas]);
    const sealed = definitions.flatMap(({ name, sealed: columns = [] }) => columns.map(({ table, column }) => `${name}.${table}.${column}`));
    expect(sealed.length).toBeGreaterThan(4);
    expect(found.rows.map(({ name }) => name)).toEqual([...sealed, ...Object.keys(PLAIN_BYTES)].sort());
  });

  it.each(definitions.filter(({ sealed = [] }) => sealed.length > 0))('$name, which seals some, rotates its keys and answers tenancy', ({ name, jobs, events, reactions, triggers }) => {
    expect(KEY_HOLDERS).toContain(name);
    expect(jobs.map((job) => job.name)).toContain(`${name}.rotateKeys`);
    expect(events.map((event) => event.name)).toContain(keysRotatedOf(name).name);
    const asked = [...reactions, ...triggers.map(({ event, job }) => ({ event: event.name, job }))];
    expect(asked).toContainEqual(expect.objectContaining({ event: 'TenantKeyRotationRequested', job: expect.objectContaining({ name: `${name}.rotateKeys` }) }));
  });

  it('are waited for by tenancy from nobody else', () => {
    expect([...KEY_HOLDERS].sort()).toEqual(definitions.filter(({ sealed = [] }) => sealed.length > 0).map(({ name }) => name).sort());
  });
});

describe.each(schemas)('the role of %s', (schema) => {
  it('reads its own schema and is refused by every other, and by the queues', async () => {
    const client = new Client({ connectionString: database.urls.app[schema] });
    await client.connect();
    try {
      expect((await client.query(`select position from ${schema}.feed_state`)).rowCount).toBe(1);
      for (const other of schemas.filter((name) => name !== schema)) {
        await expect(client.query(`select position from ${other}.feed_state`)).rejects.toMatchObject({ code: '42501' });
      }
      await expect(client.query('create table bullmq.mine (id int)')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query(`create table ${schema}.mine (id int)`)).rejects.toMatchObject({ code: '42501' });
      for (const role of [OWNER_ROLE, SYSTEM_ROLE]) await expect(client.query(`set role ${role}`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  });

  it('has no right on any table, function or schema of another subgraph', async () => {
    const found = await admin.query<{ name: string }>(
      `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any ($2) and c.relkind in ('r', 'p', 'v', 'm', 'S') and case when c.relkind = 'S'
          then has_sequence_privilege($1, c.oid, 'usage, select, update') else has_table_privilege($1, c.oid, 'select, insert, update, delete, truncate') end
      union all select n.nspname || '.' || p.proname || '()' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = any ($2) and has_function_privilege($1, p.oid, 'execute')
      union all select n.nspname from pg_namespace n where n.nspname = any ($2) and has_schema_privilege($1, n.oid, 'usage, create')`,
      [appRole(schema), [...schemas.filter((name) => name !== schema), 'switchboard_migrations', 'bullmq']],
    );
    expect(found.rows.map(({ name }) => name)).toEqual([]);
  });
});

describe('partitions', () => {
  it('have row-level security, and no role but the owner reaches them except through their table', async () => {
    const found = await admin.query<{ name: string; walled: boolean; granted: string | null }>(
      `select c.relname as name, c.relrowsecurity as walled, c.relacl::text as granted from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any ($1) and c.relkind in ('r', 'p') and c.relispartition order by 1`, [schemas]);
    expect(found.rows.length).toBeGreaterThan(2);
    expect(found.rows.filter(({ walled, granted }) => !walled || granted !== null)).toEqual([]);
  });
});

describe('SECURITY DEFINER functions', () => {
  const declared = definitions.flatMap(({ name, definerFunctions, systemFunctions }) => [
    ...definerFunctions.map((definer) => ({ name: `${name}.${definer}`, caller: appRole(name) })),
    ...systemFunctions.map((definer) => ({ name: `${name}.${definer}`, caller: SYSTEM_ROLE })),
  ]).sort((a, b) => (a.name < b.name ? -1 : 1));

  it('are exactly the declared ones, owned by the owner, on a fixed search path, and nobody else may call them', async () => {
    const found = await admin.query<{ name: string; owner: string; settings: string[]; callers: string[] }>(
      `select n.nspname || '.' || p.proname as name, pg_get_userbyid(p.proowner) as owner, p.proconfig as settings,
        array(select case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end::text
          from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner) as callers
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname not like 'pg\\_%' and p.prosecdef order by 1`,
    );
    expect(declared.length).toBeGreaterThan(0);
    // How one is planned opens nothing.
    const opening = found.rows.map((row) => ({ ...row, settings: row.settings.filter((setting) => !/^(enable_\w+|jit|plan_cache_mode)=/.test(setting)) }));
    expect(opening).toEqual(declared.map(({ name, caller }) => {
      const [schema = ''] = name.split('.');
      return { name, owner: OWNER_ROLE, settings: [`search_path=${schema}, pg_temp`], callers: [caller] };
    }));
  });
});
