// Who sees whose second factors, asked in SQL as the application role; and what of the input is refused before anything is written.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { encodeId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { MfaPerson, run } from './mfa.fixture.js';

const TABLES = ['mfa_factor', 'mfa_backup_code', 'mfa_use', 'mfa_challenge'];
/** What `user:manage` shows of colleagues: no sign-in that waits, which would be a credential. */
const SHOWN = ['mfa_factor', 'mfa_backup_code', 'mfa_use'];
const BOTH = 'both@demo.test';

let identity: TestIdentity;
let client: Client;
let me: MfaPerson;
beforeAll(async () => {
  identity = await TestIdentity.boot();
  me = await MfaPerson.enabled(identity, BOTH, encodeId('tnt', AURORA));
  await me.challenge();
  client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await identity.close();
});

interface Asking { tenant?: string; user?: string; permissions?: string }
async function as({ tenant = '', user = '', permissions = '' }: Asking): Promise<void> {
  await client.query(`select set_config('app.tenant_id', $1, false), set_config('app.user_id', $2, false), set_config('app.permissions', $3, false)`,
    [tenant, user, permissions]);
}
/** The tables with rows to see. */
async function seen(asking: Asking): Promise<string[]> {
  await as(asking);
  const found = [];
  for (const table of TABLES) if ((await client.query(`select from identity.${table} limit 1`)).rowCount === 1) found.push(table);
  return found;
}
const id = (email: string): string => identity.userIds.get(email) ?? '';

describe('in SQL, as the application role', () => {
  it('people see their own rows, in every tenant and in none', async () => {
    for (const tenant of [AURORA, RIVAL, '']) expect(await seen({ tenant, user: id(BOTH) })).toEqual(TABLES);
  });

  it('and nobody else\'s', async () => {
    expect(await seen({ tenant: AURORA, user: id('viewer@demo.test'), permissions: 'user:read' })).toEqual([]);
    expect(await seen({ tenant: AURORA })).toEqual([]);
    expect(await seen({})).toEqual([]);
  });

  it('administrators see those of their organization, without the sign-ins that wait', async () => {
    for (const tenant of [AURORA, RIVAL]) expect(await seen({ tenant, user: id('owner@demo.test'), permissions: 'user:read,user:manage' })).toEqual(SHOWN);
  });

  it('and of no other', async () => {
    await identity.rows(`update identity.membership set status = 'SUSPENDED' where user_id = $1 and tenant_id = $2`, [id(BOTH), RIVAL]);
    expect(await seen({ tenant: RIVAL, user: id('owner@rival.test'), permissions: 'user:manage' })).toEqual(SHOWN);
    await identity.rows(`update identity.membership set status = 'DELETED', email = null where user_id = $1 and tenant_id = $2`, [id(BOTH), RIVAL]);
    expect(await seen({ tenant: RIVAL, user: id('owner@rival.test'), permissions: 'user:manage' })).toEqual([]);
    await identity.rows('delete from identity.membership where user_id = $1 and tenant_id = $2', [id(BOTH), RIVAL]);
    expect(await seen({ tenant: RIVAL, user: id('owner@rival.test'), permissions: 'user:manage' })).toEqual([]);
    expect(await seen({ permissions: 'user:manage' })).toEqual([]);
    expect(await seen({ tenant: AURORA, user: id('owner@demo.test'), permissions: 'user:manage' })).toEqual(SHOWN);
  });

  it('change nothing of other people\'s, administrators neither', async () => {
    await as({ tenant: AURORA, user: id('owner@demo.test'), permissions: 'user:manage' });
    for (const change of [
      `update identity.mfa_factor set state = 'PENDING', confirmed_at = null`, 'delete from identity.mfa_factor', 'delete from identity.mfa_backup_code',
      'update identity.mfa_challenge set used_at = null',
    ]) expect((await client.query(change)).rowCount).toBe(0);
    await expect(client.query(`insert into identity.mfa_backup_code (user_id, hash, created_at) values ($1, 'x', now())`, [id(BOTH)])).rejects.toMatchObject({ code: '42501' });
    for (const change of ['delete from identity.mfa_use', `update identity.mfa_use set outcome = 'ACCEPTED'`]) {
      await as({ user: id(BOTH) });
      await expect(client.query(change)).rejects.toMatchObject({ code: '42501' });
    }
    await as({ user: id(BOTH) });
    expect((await client.query('update identity.mfa_factor set last_used_step = last_used_step')).rowCount).toBe(1);
  });

  it('look-ups before a session name one exact key', async () => {
    await as({});
    const functions = await client.query(`select * from identity.mfa_challenge_by_hash('unknown')`);
    expect(functions.fields.map(({ name }) => name)).toEqual(['user_id', 'id']);
    expect(functions.rowCount).toBe(0);
    expect((await client.query('select * from identity.mfa_demanded_by($1)', [id(BOTH)])).rowCount).toBe(0);
  });
});

describe('malformed input', () => {
  const written = () => identity.rows(`select 'f', f::text from identity.mfa_factor f union all select 'c', c::text from identity.mfa_backup_code c
    union all select 'm', m::text from identity.mfa_challenge m union all select 's', s::text from identity.session s
    union all select 'a', a::text from identity.attempt a where cardinality(taken) > 0 order by 1, 2`);
  const long = (length: number): string => 'x'.repeat(length);

  it.each<[Parameters<typeof run>[1], Record<string, unknown>, string[]]>([
    ['mfaTotpSetUp', { password: long(1025) }, ['input', 'password']],
    ['mfaTotpConfirm', { code: long(65) }, ['input', 'code']],
    ['mfaBackupCodesRegenerate', { code: long(65) }, ['input', 'code']],
    ['mfaBackupCodesRegenerate', { password: null, code: null }, ['input', 'password']],
    ['mfaDisable', { password: long(1025), code: '000000' }, ['input', 'password']],
    ['mfaDisable', { password: PASSWORD, code: long(65) }, ['input', 'code']],
    ['mfaChallengeAnswer', { token: long(129), method: 'TOTP', code: '000000' }, ['input', 'token']],
    ['mfaChallengeAnswer', { token: 't', method: 'TOTP', code: long(65) }, ['input', 'code']],
    ['mfaChallengeAnswer', { token: 't\0', method: 'TOTP', code: '\0' }, ['input', 'token']],
    ['mfaChallengeSetUp', { token: long(129) }, ['input', 'token']],
    ['mfaChallengeConfirm', { token: long(129), code: '000000' }, ['input', 'token']],
  ])('of %s is a user error with its field: %j', async (operation, input, field) => {
    const before = await written();
    expect((await me.run(operation, input)).userErrors).toMatchObject([{ field }]);
    expect(await written()).toEqual(before);
  });

  it.each<[Parameters<typeof run>[1], Record<string, unknown>]>([
    ['mfaTotpSetUp', {}], ['mfaTotpSetUp', { password: null }], ['mfaTotpConfirm', { code: 123456 }], ['mfaDisable', { password: ['x'], code: '000000' }], ['mfaDisable', { password: PASSWORD }], ['mfaDisable', { code: '000000' }],
    ['mfaChallengeAnswer', { token: 't', method: 'SMS', code: '000000' }], ['mfaChallengeAnswer', { token: 't', method: 'PASSKEY', code: '000000' }], ['mfaChallengeAnswer', { token: 't', code: '000000' }],
    ['sessionSwitchTenant', { tenantId: 'user_01h455vb4pex5vsknk084sn02q' }], ['sessionSwitchTenant', { tenantId: AURORA }],
  ])('of %s is BAD_USER_INPUT: %j', async (operation, input) => {
    const before = await written();
    await expect(me.run(operation, input)).rejects.toThrow('BAD_USER_INPUT');
    expect(await written()).toEqual(before);
  });

  it('codes of any shape are wrong codes', async () => {
    const token = await me.challenge();
    for (const code of ['', ' ', '\0', '12345', '1234567', '１２３４５６', '-1', '1e5', '🙂', `${me.code()}0`]) {
      await identity.rows('delete from identity.attempt');
      expect((await me.answer(token, code)).userErrors).toMatchObject([{ __typename: 'MfaCodeInvalid' }]);
      expect((await me.answer(token, code, { method: 'BACKUP_CODE' })).userErrors).toMatchObject([{ __typename: 'MfaCodeInvalid' }]);
    }
    await identity.rows('delete from identity.attempt');
    expect((await me.answer(token, me.code())).session).not.toBeNull();
    expect((await me.run('mfaTotpSetUp', { password: PASSWORD })).userErrors).toMatchObject([{ __typename: 'MfaAlreadyEnabled' }]);
  });
});
