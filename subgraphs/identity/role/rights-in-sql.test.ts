// user_has_permission() and get_user_roles(): the same answers as the gateway gets, and the caller's tenant alone.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { AURORA, KNOWN_PERMISSIONS, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { refreshPresetPermissions } from './preset-permissions.js';
import { PRESETS, expand, type RolePreset } from './role.presets.js';

let identity: TestIdentity;
let people: People;
const clients: Record<'app' | 'owner' | 'system', Client> = {} as never;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  // The functions compare with the database's own time: what is granted here ends long before or after it.
  identity.advance(Date.now() - identity.now.getTime());
  people = new People(identity);
  const { urls } = identity.subject.database;
  for (const [name, url] of Object.entries({ app: urls.app['identity'], owner: urls.owner, system: urls.system }) as [keyof typeof clients, string][]) {
    clients[name] = new Client({ connectionString: url });
    await clients[name].connect();
  }
});
afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.end()));
  await identity.close();
});

async function inTenant<Row extends object>(role: keyof typeof clients, tenant: string, query: string, values: unknown[]): Promise<Row[]> {
  const client = clients[role];
  await client.query('begin');
  try {
    await client.query(`select set_config('app.tenant_id', $1, true)`, [tenant]);
    return (await client.query<Row>(query, values)).rows;
  } finally {
    await client.query('rollback');
  }
}
const has = async (role: keyof typeof clients, tenant: string, email: string, permission: string): Promise<boolean | undefined> =>
  (await inTenant<{ has: boolean }>(role, tenant, 'select identity.user_has_permission($1, $2) as has', [people.uuid(email), permission]))[0]?.has;
const rolesOf = async (role: keyof typeof clients, tenant: string, email: string): Promise<string[]> =>
  (await inTenant<{ name: string }>(role, tenant, 'select name from identity.get_user_roles($1)', [people.uuid(email)])).map(({ name }) => name);

describe('user_has_permission', () => {
  it('agrees with what the gateway is told, for everybody and every permission', async () => {
    const owner = await people.actor('owner@demo.test');
    const role = (await people.done('roleCreate', { name: 'Mixed', permissions: ['user:read', 'order:read'] }, owner))['role'] as { id: string };
    for (const preset of ['ADMIN', 'ANALYST', 'AGENT'] as const) await people.admit(`${preset.toLowerCase()}@demo.test`, preset);
    const mixed = await people.admit('mixed@demo.test', 'VIEWER');
    await people.done('roleGrant', { userId: mixed, roleId: role.id }, owner);
    for (const email of ['owner', 'admin', 'analyst', 'agent', 'viewer', 'mixed'].map((name) => `${name}@demo.test`)) {
      const { permissions } = await people.actor(email);
      for (const permission of [...KNOWN_PERMISSIONS, 'order:invented']) {
        expect([email, permission, await has('app', AURORA, email, permission)]).toEqual([email, permission, permissions.includes(permission)]);
      }
    }
    expect(await has('app', PLATFORM_TENANT_ID, 'root@demo.test', 'system:admin')).toBe(true);
  });

  it('gives nothing by an expired grant, a deleted role, a suspension or a permission that has ceased to exist', async () => {
    const ask = () => Promise.all([has('app', AURORA, 'mixed@demo.test', 'user:read'), rolesOf('app', AURORA, 'mixed@demo.test')]);
    expect(await ask()).toEqual([true, ['Mixed', 'Viewer']]);
    const during = async (change: string, back: string): Promise<unknown> => {
      await identity.rows(change, [people.uuid('mixed@demo.test')]);
      const found = await ask();
      await identity.rows(back, [people.uuid('mixed@demo.test')]);
      return found;
    };
    const grants = `update identity.membership_role set granted_at = now() - interval '2 days', expires_at =`;
    expect(await during(`${grants} now() - interval '1 day' where user_id = $1`, `${grants} null where user_id = $1`)).toEqual([false, []]);
    expect(await during(`${grants} now() + interval '1 day' where user_id = $1`, `${grants} null where user_id = $1`)).toEqual([true, ['Mixed', 'Viewer']]);
    expect(await during(`update identity.membership set status = 'SUSPENDED' where user_id = $1`, `update identity.membership set status = 'ACTIVE' where user_id = $1`))
      .toEqual([false, []]);
    await refreshPresetPermissions(identity.subject.running.database, ['order:read']);
    expect(await has('app', AURORA, 'mixed@demo.test', 'user:read')).toBe(false);
    await refreshPresetPermissions(identity.subject.running.database, KNOWN_PERMISSIONS);
    expect(await ask()).toEqual([true, ['Mixed', 'Viewer']]);
  });

  it('tells the application role of its own tenant alone, whatever tenant it names', async () => {
    expect([await has('app', RIVAL, 'owner@demo.test', 'user:read'), await rolesOf('app', RIVAL, 'owner@demo.test')]).toEqual([false, []]);
    expect([await has('app', '', 'owner@demo.test', 'user:read'), await rolesOf('app', '', 'owner@demo.test')]).toEqual([false, []]);
    const named = 'select identity.user_has_permission($1, $2, $3) as has, (select count(*)::int from identity.get_user_roles($1, $3)) as roles';
    const values = [people.uuid('owner@demo.test'), 'user:read', AURORA];
    expect(await inTenant('app', RIVAL, named, values)).toEqual([{ has: false, roles: 0 }]);
    expect(await inTenant('app', AURORA, named, values)).toEqual([{ has: true, roles: 1 }]);
    expect(await inTenant('owner', RIVAL, named, values)).toEqual([{ has: false, roles: 0 }]);
    expect(await inTenant('owner', AURORA, named, values)).toEqual([{ has: true, roles: 1 }]);
    // Reports over all tenants run as the system role, which names the tenant.
    expect(await inTenant('system', '', named, values)).toEqual([{ has: true, roles: 1 }]);
  });
});

describe('the table of what presets give', () => {
  const stored = async () => (await identity.rows<{ preset: RolePreset; permission: string }>('select preset, permission from identity.preset_permission order by 1, 2'))
    .map(({ preset, permission }) => `${preset} ${permission}`);
  const wanted = (known: readonly string[]) => (Object.keys(PRESETS) as RolePreset[])
    .flatMap((preset) => expand(PRESETS[preset].grants, known).map((permission) => `${preset} ${permission}`)).sort();

  it('is what the presets say of the permissions there are, after each start', async () => {
    expect(await stored()).toEqual(wanted(KNOWN_PERMISSIONS));
    await identity.rows(`delete from identity.preset_permission where preset = 'AGENT'`);
    await identity.rows(`insert into identity.preset_permission values ('VIEWER', 'system:admin')`);
    const processes = await Promise.all([1, 2, 3].map(() => identity.sibling()));
    expect(await stored()).toEqual(wanted(KNOWN_PERMISSIONS));
    await Promise.all(processes.map((process) => process.close()));
  });
});
