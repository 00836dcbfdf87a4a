// Every table of every subgraph keeps tenants apart, and no role reaches into another subgraph's schema.
import 'reflect-metadata';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { definitions, migrationSets } from '../../ops/composition.js';
import { KERNEL_PLATFORM_TABLES, OWNER_ROLE, SYSTEM_ROLE, appRole } from '../../subgraphs/kernel/data/kernel-tables.js';
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
    expect(found.rows).toEqual(declared.map(({ name, caller }) => {
      const [schema = ''] = name.split('.');
      return { name, owner: OWNER_ROLE, settings: [`search_path=${schema}, pg_temp`], callers: [caller] };
    }));
  });
});
