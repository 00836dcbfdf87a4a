// What a tenant does not keep of its staff any longer goes: the history of sessions and old notifications, of this tenant alone.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { idFloor } from '../../kernel/base/ids.js';
import { person } from '../../../test/kit/subgraph.js';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';

const DAY_MS = 86_400_000;
let people: TestIdentity;
beforeAll(async () => { people = await TestIdentity.boot(); });
afterAll(async () => { await people?.close(); });

const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);
let made = 0;
/** The id of something made some days ago. */
const aged = (days: number): string => idFloor(ago(days)).slice(0, -12) + String((made += 1)).padStart(12, '0');

async function session(tenant: string, days: number, revoked: number | null, used = days): Promise<string> {
  const id = aged(days);
  await people.rows(`insert into identity.session (tenant_id, id, user_id, family, refresh_hash, created_at, last_used_at, revoked_at, revoked_reason)
    select tenant_id, $2::uuid, user_id, $2::uuid, $2::uuid::text, $3::timestamptz, $4::timestamptz, $5::timestamptz, $6 from identity.membership where tenant_id = $1 limit 1`,
  [tenant, id, ago(days), ago(used), revoked === null ? null : ago(revoked), revoked === null ? null : 'LOGOUT']);
  await people.rows(`insert into identity.spent_refresh (tenant_id, hash, user_id, session_id, spent_at) select tenant_id, id || 'spent', user_id, id, created_at from identity.session where id = $1`, [id]);
  return id;
}
const notification = (tenant: string, days: number) => people.rows(`insert into identity.notification (tenant_id, id, user_id, kind, params, dedupe_key, in_app, created_at)
  select tenant_id, $2::uuid, user_id, 'MESSAGE_FAILED', '{}', $2::uuid::text, true, $3::timestamptz from identity.membership where tenant_id = $1 limit 1`, [tenant, aged(days), ago(days)]);

it('deletes ended sessions with the tokens they spent, and notifications, by the days of the tenant; tells the trail; and does nothing the second time', async () => {
  const gone = [await session(AURORA, 120, 110), await session(AURORA, 120, null)];
  const kept = [await session(AURORA, 120, 80), await session(AURORA, 120, null, 1), await session(AURORA, 10, 5), await session(RIVAL, 120, 110)];
  for (const days of [20, 5]) await notification(AURORA, days);
  await notification(RIVAL, 20);
  const preview = (tenant: string) => people.subject.ask('{ staffRetentionPreview(sessionDays: 100) { dataClass rows more } }', {}, person(tenant, ['user:manage']));
  expect((await preview(AURORA)).data?.['staffRetentionPreview']).toEqual([{ dataClass: 'SESSIONS', rows: 2, more: false }]);
  expect((await preview(RIVAL)).data?.['staffRetentionPreview']).toEqual([{ dataClass: 'SESSIONS', rows: 1, more: false }]);
  const { retention } = people.subject.running.services;
  const order = { tenantId: AURORA, orderedAt: new Date().toISOString(), before: { SESSIONS: ago(100).toISOString(), NOTIFICATIONS: ago(7).toISOString(), MESSAGES: new Date().toISOString() } };
  expect([await retention.purge(order), await retention.purge(order)]).toEqual([3, 0]);
  const left = (await people.rows<{ id: string }>('select id from identity.session where id = any ($1::uuid[])', [[...gone, ...kept]])).map(({ id }) => id);
  expect(left.sort()).toEqual(kept.sort());
  expect(await people.rows('select session_id from identity.spent_refresh where session_id = any ($1::uuid[])', [gone])).toEqual([]);
  expect((await people.rows<{ t: string }>(`select tenant_id as t from identity.notification where dedupe_key = id::text`)).map(({ t }) => t).sort()).toEqual([AURORA, RIVAL].sort());
  expect(await people.rows(`select event->'after'->>'dataClass' as kind, event->'after'->'rows' as rows from identity.audit_staging where event->>'action' = 'retention.purge' order by id`))
    .toEqual([{ kind: 'NOTIFICATIONS', rows: 1 }, { kind: 'SESSIONS', rows: 2 }]);
});
