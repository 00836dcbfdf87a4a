// The boot self-test refuses every hole in the walls, each made by hand beside a start that passes.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { createPool } from './driver.js';
import { KERNEL_PLATFORM_TABLES, TENANT_PREDICATE, appRole, kernelTables, personalTable, tenantTable } from './kernel-tables.js';
import { sqlMigration } from './migrate.js';
import { assertIsolation, IsolationError } from './self-test.js';

// A schema of this file alone: roles belong to the whole server, and these are bent.
const ROLE = appRole('walls');
const MIGRATIONS = [sqlMigration('20261121-01-walls', [
  ...kernelTables('walls'),
  'create table walls.note (tenant_id uuid not null, id uuid not null, text text not null, primary key (tenant_id, id))',
  ...tenantTable('walls', 'note', 'select, insert'),
])];
const READ = `(select nullif(current_setting('app.tenant_id', true), '')::uuid)`;

let database: TestDatabase;
let admin: Client;
let pool: Pool;

const check = (on: Pool = pool, platformTables: string[] = [], definerFunctions: string[] = [], personalTables: string[] = []): Promise<void> =>
  assertIsolation(on, { schema: 'walls', platformTables: [...KERNEL_PLATFORM_TABLES, ...platformTables], personalTables, definerFunctions, systemFunctions: [] });

/** Makes the hole, hears the refusal, mends it, and passes again. */
async function refuses(make: string[], mend: string[], hole: string | RegExp | string[], mended = check): Promise<void> {
  for (const statement of make) await admin.query(statement);
  let refusal: unknown;
  try {
    refusal = await check().catch((error: unknown) => error);
  } finally {
    for (const statement of mend) await admin.query(statement);
  }
  expect(refusal).toBeInstanceOf(IsolationError);
  const holes = (refusal as Error).message.split('\n- ').slice(1);
  expect(holes).toEqual(Array.isArray(hole) ? hole : [typeof hole === 'string' ? hole : expect.stringMatching(hole)]);
  await mended();
}

beforeAll(async () => {
  database = await createTestDatabase([{ schema: 'walls', migrations: MIGRATIONS }]);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  pool = createPool({ url: database.urls.app['walls'] ?? '', maxConnections: 1, name: 'self-test', onError: () => undefined });
});
afterAll(async () => {
  await pool?.end();
  await admin?.end();
  await database?.drop();
});

const bad = /^the role switchboard_walls is a superuser, bypasses row-level security, owns tables or is a member of another role$/;

describe('the role', () => {
  it('that bypasses row-level security', () => refuses([`alter role ${ROLE} bypassrls`], [`alter role ${ROLE} nobypassrls`], bad));

  it('that is a superuser', async () => {
    await admin.query(`alter role ${ROLE} superuser`);
    const refusal = await check().catch((error: unknown) => error);
    await admin.query(`alter role ${ROLE} nosuperuser`);
    expect(refusal).toBeInstanceOf(IsolationError);
    expect((refusal as Error).message).toContain('is a superuser');
  });

  it('that may make roles', () => refuses([`alter role ${ROLE} createrole`], [`alter role ${ROLE} nocreaterole`], bad));
  it('that is a member of another', () => refuses([`grant pg_monitor to ${ROLE}`], [`revoke pg_monitor from ${ROLE}`], bad));

  it('that owns a table', () =>
    refuses([`create table public.mine (id int)`, `alter table public.mine owner to ${ROLE}`, `revoke all on public.mine from ${ROLE}`], ['drop table public.mine'], bad));

  it.each(['owner', 'system'] as const)('of the %s', async (role) => {
    const other = createPool({ url: database.urls[role], maxConnections: 1, name: 'self-test', onError: () => undefined });
    try {
      await expect(check(other)).rejects.toThrow(`connected as switchboard_${role}, not ${ROLE}`);
    } finally {
      await other.end();
    }
  });
});

describe('a table', () => {
  it('without a policy', () =>
    refuses(['drop policy note_tenant on walls.note'],
      [`create policy note_tenant on walls.note using (${TENANT_PREDICATE}) with check (${TENANT_PREDICATE})`], 'walls.note: no policy'));

  it('whose only policy is for somebody else', () =>
    refuses(['alter policy note_tenant on walls.note to switchboard_owner'], ['alter policy note_tenant on walls.note to public'], 'walls.note: no policy'));

  it('without FORCE', () =>
    refuses(['alter table walls.note no force row level security'], ['alter table walls.note force row level security'],
      'walls.note: row-level security is not forced'));

  it('without row-level security', () =>
    refuses(['alter table walls.note disable row level security'], ['alter table walls.note enable row level security'],
      'walls.note: row-level security is not forced'));

  const wrapped = `alter policy note_tenant on walls.note using (${TENANT_PREDICATE}) with check (${TENANT_PREDICATE})`;
  it('whose policy is evaluated once per row', () =>
    refuses([`alter policy note_tenant on walls.note using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`], [wrapped],
      'walls.note: a policy that is evaluated once per row'));

  it('whose rows are checked on reading only', () =>
    refuses([`alter policy note_tenant on walls.note with check (true)`], [wrapped], 'walls.note: a policy that does not hold to the tenant: true'));

  it('whose policy has a way round', () =>
    refuses([`alter policy note_tenant on walls.note using (tenant_id = ${READ} or text = 'public')`], [wrapped],
      /^walls\.note: a policy that does not hold to the tenant: .* OR /));

  it('with a second policy that lets everybody in', () =>
    refuses(['create policy note_all on walls.note for select using (true)'], ['drop policy note_all on walls.note'],
      'walls.note: a policy that does not hold to the tenant: true'));

  it('but not one whose second policy is for the owner alone', async () => {
    await admin.query('create policy note_lookup on walls.note for select to switchboard_owner using (true)');
    await check();
    await admin.query('drop policy note_lookup on walls.note');
  });

  const made = (columns: string): string[] => [
    `create table walls.hole (${columns})`, 'alter table walls.hole enable row level security', 'alter table walls.hole force row level security',
  ];
  const walled = (columns: string): string[] => [...made(columns), `create policy hole_tenant on walls.hole using (${TENANT_PREDICATE})`];
  const gone = ['drop table walls.hole'];

  it('without tenant_id, unless it is a platform table', async () => {
    await refuses(['create table walls.hole (id uuid primary key)'], [], [
      'walls.hole: no tenant_id, and not listed as a platform table', 'walls.hole: row-level security is not forced', 'walls.hole: no policy',
      'walls.hole: the primary key does not start with tenant_id',
    ], () => check(pool, ['hole']));
    await admin.query('drop table walls.hole');
  });

  it('whose tenant_id may be null', () =>
    refuses(walled('tenant_id uuid, id uuid'), gone, [
      'walls.hole: no tenant_id, and not listed as a platform table', 'walls.hole: the primary key does not start with tenant_id',
    ]));

  it('whose key does not start with the tenant', () =>
    refuses(walled('tenant_id uuid not null, id uuid not null, primary key (id, tenant_id)'), gone,
      'walls.hole: the primary key does not start with tenant_id'));

  it('whose foreign key does not start with the tenant', () =>
    refuses([
      'alter table walls.note add constraint note_turned unique (id, tenant_id)',
      ...walled('tenant_id uuid not null, id uuid not null, note uuid, primary key (tenant_id, id), foreign key (note, tenant_id) references walls.note (id, tenant_id)'),
    ], [...gone, 'alter table walls.note drop constraint note_turned'], 'walls.hole: a foreign key does not start with tenant_id'));

  it('of the platform that holds a tenant', async () => {
    await expect(check(pool, ['note'])).rejects.toThrow('walls.note: a platform table with tenant_id');
    await check();
  });
});

describe('a personal table', () => {
  const PERSON = `user_id = (select nullif(current_setting('app.user_id', true), '')::uuid)`;
  const SEEN_BY = { members: 'member', permission: 'user:manage' };
  const make = (columns: string, ...policies: string[]): string[] => [
    'create table walls.member (tenant_id uuid not null, user_id uuid not null, status text not null, primary key (tenant_id, user_id))', ...tenantTable('walls', 'member', 'select'),
    `create table walls.secret (${columns})`, ...personalTable('walls', 'secret', 'select, insert', SEEN_BY), ...policies,
  ];
  const WHOLE = 'user_id uuid not null, id uuid not null, primary key (user_id, id)';
  const holes = async (statements: string[]): Promise<string[]> => {
    await admin.query('begin');
    for (const statement of statements) await admin.query(statement);
    await admin.query('commit');
    try {
      await check(pool, [], [], ['secret']);
      return [];
    } catch (error) {
      return (error as Error).message.split('\n- ').slice(1);
    } finally {
      await admin.query('drop table walls.secret, walls.member');
    }
  };

  it('holds to its person, and shows the members of a tenant to who may see them', async () => {
    expect(await holes(make(WHOLE))).toEqual([]);
    expect(await holes(make(WHOLE, 'create policy secret_lookup on walls.secret for select to switchboard_owner using (true)'))).toEqual([]);
  });

  it('that is not listed is judged as one of a tenant', async () => {
    for (const statement of make(WHOLE)) await admin.query(statement);
    await expect(check()).rejects.toThrow('walls.secret: no tenant_id, and not listed as a platform table');
    await admin.query('drop table walls.secret, walls.member');
  });

  it.each<[string, string[], RegExp]>([
    ['without FORCE', ['alter table walls.secret no force row level security'], /not forced/],
    ['with a second policy that shows everything', ['create policy secret_all on walls.secret for select using (true)'], /does not hold to the person: true/],
    ['whose rows anybody may write', [`alter policy secret_person on walls.secret using (${PERSON}) with check (true)`], /does not hold to the person/],
    ['with a way round', [`alter policy secret_person on walls.secret using (${PERSON} or id is null)`], /does not hold to the person: .* OR /],
    ['shown to the tenant without a permission', ['alter policy secret_members on walls.secret using (exists (select from walls.member member where ' +
      `member.tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid) and member.user_id = secret.user_id))`], /does not hold to the person/],
    ['shown to the tenant that its person has left', ['alter policy secret_members on walls.secret using (exists (select from walls.member member where ' +
      `member.tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid) and member.user_id = secret.user_id) and ` +
      `(select 'user:manage' = any (string_to_array(current_setting('app.permissions', true), ','))))`], /does not hold to the person/],
    ['shown to administrators of every tenant', ['alter policy secret_members on walls.secret using (exists (select from walls.member member where ' +
      `member.user_id = secret.user_id) and (select 'user:manage' = any (string_to_array(current_setting('app.permissions', true), ','))))`], /does not hold to the person/],
  ])('%s', async (_, policies, hole) => {
    expect(await holes(make(WHOLE, ...policies))).toEqual([expect.stringMatching(hole)]);
  });

  it('with a tenant, or a key that does not start with the person', async () => {
    expect(await holes(make('tenant_id uuid not null, user_id uuid not null, id uuid primary key')))
      .toEqual(['walls.secret: a personal table with tenant_id', 'walls.secret: the primary key does not start with user_id']);
  });
});

describe('a way round', () => {
  it('by a view without security_invoker', async () => {
    await refuses(['create view walls.seen as select * from walls.note'], ['drop view walls.seen'], 'walls.seen: a view without security_invoker');
    await admin.query('create view walls.seen with (security_invoker = true) as select * from walls.note');
    await check();
    await admin.query('drop view walls.seen');
  });

  it('by a materialized view', () =>
    refuses(['create materialized view walls.kept as select * from walls.note'], ['drop materialized view walls.kept'],
      'walls.kept: a view without security_invoker'));

  const definer = (schema: string): string => `create function ${schema}.leak() returns bigint language sql security definer as 'select count(*) from walls.note'`;
  it('by an unknown SECURITY DEFINER function', async () => {
    await refuses([definer('walls')], ['drop function walls.leak()'], 'unknown SECURITY DEFINER function walls.leak');
    await admin.query(definer('walls'));
    await check(pool, [], ['leak']);
    await admin.query('drop function walls.leak()');
  });

  it('by one in another schema that it may call', async () => {
    await refuses([definer('public')], ['drop function public.leak()'], 'unknown SECURITY DEFINER function public.leak');
    await admin.query(definer('public'));
    await admin.query('revoke all on function public.leak() from public');
    await check();
    await admin.query('drop function public.leak()');
  });

  const others = ['create schema other', 'create table other.secret (id int, open int)', `grant usage on schema other to ${ROLE}`];
  it.each([['a table', 'grant select on other.secret'], ['one column', 'grant select (open) on other.secret'], ['emptying one', 'grant truncate on other.secret']])(
    'by a right on %s of another schema', (_, grant) =>
      refuses([...others, `${grant} to ${ROLE}`], ['drop schema other cascade'], `${ROLE} may touch other.secret, which belongs to another subgraph`));

  it('but not by a table of another schema that it may not touch', async () => {
    for (const statement of others) await admin.query(statement);
    await check();
    await admin.query('drop schema other cascade');
  });
});

describe('a partition', () => {
  const parted = `create table walls.parted (tenant_id uuid not null, id int not null, primary key (tenant_id, id)) partition by range (id)`;
  const part = ['create table walls.parted_1 partition of walls.parted for values from (1) to (2)'];
  const drop = ['drop table walls.parted'];

  it('that is walled and granted to nobody passes', async () => {
    for (const statement of [parted, ...tenantTable('walls', 'parted', 'select, insert'), ...part, 'alter table walls.parted_1 enable row level security']) await admin.query(statement);
    await check();
    await admin.query('drop table walls.parted');
  });
  it('that goes round the policies of its table', () =>
    refuses([parted, ...tenantTable('walls', 'parted', 'select, insert'), ...part, `grant select on walls.parted_1 to ${ROLE}`], drop,
      ['walls.parted_1: a partition without row-level security', 'walls.parted_1: a partition that requests may touch']));
});

describe('a function of the system role', () => {
  const make = ['create function walls.upkeep() returns int language sql security definer as $$ select 1 $$'];
  const known = (): Promise<void> => assertIsolation(pool, {
    schema: 'walls', platformTables: KERNEL_PLATFORM_TABLES, personalTables: [], definerFunctions: [], systemFunctions: ['upkeep'],
  });

  it('may be there when requests cannot call it, and not otherwise', async () => {
    for (const statement of make) await admin.query(statement);
    try {
      await expect(known()).rejects.toThrow('unknown SECURITY DEFINER function walls.upkeep');
      await admin.query('revoke execute on function walls.upkeep() from public');
      await known();
      await expect(check()).rejects.toThrow('unknown SECURITY DEFINER function walls.upkeep');
    } finally {
      await admin.query('drop function walls.upkeep()');
    }
  });
});

it('a schema that was not migrated', async () => {
  await expect(assertIsolation(pool, { schema: 'nowhere', platformTables: [], personalTables: [], definerFunctions: [], systemFunctions: [] })).rejects.toThrow('schema nowhere has no tables');
});
