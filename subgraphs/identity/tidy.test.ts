// What is deleted by its age, in batches, and what stays.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { AURORA, TestIdentity } from '../../test/kit/identity.js';
import { tidyIdentity } from './tidy.js';

let identity: TestIdentity;
let system: Pool;
let viewer: string;
beforeAll(async () => {
  identity = await TestIdentity.boot();
  system = new Pool({ connectionString: identity.subject.database.urls.system, max: 1 });
  viewer = identity.userIds.get('viewer@demo.test') ?? '';
});
afterAll(async () => {
  await system?.end();
  await identity?.close();
});

const count = async (table: string): Promise<number> => (await identity.rows<{ n: number }>(`select count(*)::int as n from identity.${table}`))[0]?.n ?? -1;

/** By table: how old its rows are kept to be, in days, and a row of `days` ago. */
const AGED: Readonly<Record<string, [days: number, insert: string]>> = {
  attempt: [0, `(key, subject, taken, expires_at) select repeat(md5(random()::text), 2), repeat('0', 64), '{}', ago`],
  mfa_challenge: [1, `(user_id, id, hash, homes, sets_up, created_at, expires_at) select person, gen_random_uuid(), md5(random()::text), array[tenant], false, ago, ago`],
  mfa_use: [180, `(user_id, id, used_at, method, purpose, outcome) select person, gen_random_uuid(), ago, 'TOTP', 'SIGN_IN', 'ACCEPTED'`],
  notification: [180, `(tenant_id, id, user_id, kind, params, dedupe_key, in_app, created_at)
    select tenant, gen_random_uuid(), person, 'MESSAGE_FAILED', '{}', md5(random()::text), true, ago`],
  spent_refresh: [90, `(tenant_id, hash, user_id, session_id, spent_at) select tenant, md5(random()::text), person, session, ago`],
  api_key_secret: [30, `(tenant_id, hash, api_key_id, created_at, ends_at) select tenant, md5(random()::text), key, ago, ago`],
};
async function age(table: string, days: number): Promise<void> {
  const session = (await identity.rows<{ id: string }>('select id from identity.session limit 1'))[0]?.id;
  const key = (await identity.rows<{ id: string }>('select id from identity.api_key limit 1'))[0]?.id;
  await identity.rows(`insert into identity.${table} ${AGED[table]?.[1] ?? ''}
    from (values ($1::uuid, $2::uuid, $3::uuid, $4::uuid, now() - $5 * interval '1 day')) v(tenant, person, session, key, ago)`, [AURORA, viewer, session, key, days]);
}

it('deletes what is old, and keeps what is not', async () => {
  await identity.signIn('viewer@demo.test');
  await identity.rows(`insert into identity.api_key (tenant_id, id, name, hint, scopes, ips, created_by, created_at)
    values ($1, gen_random_uuid(), 'till', 'sb_test_0000', '{order:read}', '{}', $2, now())`, [AURORA, viewer]);
  await identity.rows('delete from identity.attempt');
  const before = Object.fromEntries(await Promise.all(Object.keys(AGED).map(async (table) => [table, await count(table)])));
  for (const [table, [days]] of Object.entries(AGED)) {
    await age(table, days + 0.1);
    await age(table, days - 0.1);
  }
  await identity.rows(`insert into identity.api_key_secret (tenant_id, hash, api_key_id, created_at) select tenant_id, 'lasting', id, now() - interval '900 days' from identity.api_key`);
  await tidyIdentity()(system);
  const left = Object.fromEntries(await Promise.all(Object.keys(AGED).map(async (table) => [table, await count(table) - Number(before[table])])));
  expect(left).toEqual({ attempt: 1, mfa_challenge: 1, mfa_use: 1, notification: 1, spent_refresh: 1, api_key_secret: 2 });
});

it('takes a thousand rows a statement, comes again while there are more, and then rests', async () => {
  await identity.rows('delete from identity.attempt');
  const grow = (rows: number) => identity.rows(`insert into identity.attempt (key, subject, taken, expires_at)
    select lpad(to_hex(n), 64, '0'), repeat('0', 64), '{}', now() - interval '1 day' from generate_series(1, $1::int) n`, [rows]);
  await grow(2_500);
  const tidy = tidyIdentity();
  const left: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await tidy(system);
    left.push(await count('attempt'));
  }
  expect(left).toEqual([1_500, 500, 0]);
  await grow(1);
  await tidy(system);
  expect(await count('attempt')).toBe(1);
});

it('finds what it deletes by an index', async () => {
  const aged = ['session', 'spent_refresh', 'mfa_challenge', 'mfa_use', 'notification', 'email_change', 'api_key_secret'].map((table) => `${table}_age`);
  expect(await identity.rows(`select indexname from pg_indexes where schemaname = 'identity' and indexname = any ($1)`, [aged])).toHaveLength(aged.length);
});
