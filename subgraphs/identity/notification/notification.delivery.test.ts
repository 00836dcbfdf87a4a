// Telling people: whom, once, by which way, and whose rows the database shows to whom.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Client } from 'pg';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { notifyJob } from '../jobs.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import type { StaffNotificationRequest } from './notification.events.js';
import { notificationSlice } from './slice.js';

let identity: TestIdentity;
let count = 0;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterAll(() => identity?.close());

const idOf = (email: string): string => identity.userIds.get(email) ?? '';
const request = (changed: Partial<StaffNotificationRequest> = {}): StaffNotificationRequest => ({
  kind: 'MESSAGE_UNCONFIRMED', userIds: [idOf('both@demo.test')], permission: 'conversation:send', subjectId: 'msg_01jc00000000e800000000000001',
  params: { conversation: 12 }, dedupeKey: `cause ${(count += 1)}`, ...changed,
});
const deliver = (asked: StaffNotificationRequest, tenant = AURORA): Promise<number> =>
  identity.subject.running.services.notificationDelivery.request(tenant, asked);
const told = async ({ dedupeKey }: StaffNotificationRequest): Promise<unknown[]> => {
  const rows = await identity.rows<{ tenant: string; email: string }>(
    `select n.tenant_id as tenant, m.email from identity.notification n join identity.membership m using (tenant_id, user_id) where dedupe_key = $1 order by m.email`,
    [dedupeKey]);
  return rows.map(({ tenant, email }) => [tenant, email]);
};
const unitDeps = (): UnitOfWorkDeps => {
  const { bus, running: { database, definition } } = identity.subject;
  return { schema: 'identity', database, bus, clock: { now: () => identity.now }, ids: definition.ids, classes: definition.classes };
};
const mailed = async (to: string): Promise<number> => (await identity.mails(to)).length;
const outbox = (type: string) => identity.rows<{ tenant_id: string; stream_id: string; payload: Record<string, string> }>(
  'select tenant_id, stream_id, payload from identity.outbox where type = $1 order by id', [type]);

describe('who is told', () => {
  it('who is named and may see it; nobody else', async () => {
    const asked = request();
    expect(await deliver(asked)).toBe(1);
    expect(await told(asked)).toEqual([[AURORA, 'both@demo.test']]);
  });

  it.each<[string, () => string[]]>([
    ['nobody is named', () => []], ['who is named may not see it', () => [idOf('viewer@demo.test')]],
    ['who is named works elsewhere', () => [idOf('owner@rival.test')]],
  ])('everybody who may see it, when %s', async (_, userIds) => {
    const asked = request({ userIds: userIds() });
    expect(await deliver(asked)).toBe(2);
    expect(await told(asked)).toEqual([[AURORA, 'both@demo.test'], [AURORA, 'owner@demo.test']]);
  });

  it('only those who are named, where nobody is told in their stead', async () => {
    const asked = request({ kind: 'MENTIONED', only: true, userIds: [idOf('viewer@demo.test'), idOf('both@demo.test'), idOf('owner@rival.test')] });
    expect(await deliver(asked)).toBe(1);
    expect(await told(asked)).toEqual([[AURORA, 'both@demo.test']]);
    const nobody = request({ kind: 'MENTIONED', only: true, userIds: [idOf('viewer@demo.test')] });
    expect([await deliver(nobody), await told(nobody)]).toEqual([0, []]);
  });

  it('not who is suspended, named or not', async () => {
    const suspend = (status: string) => identity.rows('update identity.membership set status = $1 where tenant_id = $2 and user_id = $3', [status, AURORA, idOf('both@demo.test')]);
    await suspend('SUSPENDED');
    const asked = request();
    await deliver(asked);
    await suspend('ACTIVE');
    expect(await told(asked)).toEqual([[AURORA, 'owner@demo.test']]);
  });

  it('nobody of another tenant, and nobody at all where nobody may see it; it is confirmed all the same', async () => {
    const asked = request({ userIds: [], permission: 'order:archive' });
    expect(await deliver(asked)).toBe(0);
    expect(await told(asked)).toEqual([]);
    const other = request({ userIds: [] });
    expect(await deliver(other, RIVAL)).toBe(1);
    expect(await told(other)).toEqual([[RIVAL, 'owner@rival.test']]);
    const confirmed = (await outbox('StaffNotified')).map(({ tenant_id, payload }) => [tenant_id, payload['dedupeKey']]);
    expect(confirmed).toEqual(expect.arrayContaining([[AURORA, asked.dedupeKey], [RIVAL, other.dedupeKey]]));
  });
});

describe('a cause', () => {
  it('is told once: one row, one mail, one event, however often and at once it is asked for, and confirmed each time', async () => {
    const asked = request();
    const [mails, events] = [await mailed('both@demo.test'), (await outbox('NotificationAdded')).length];
    const counts = await Promise.all(Array.from({ length: 6 }, () => deliver(asked)));
    expect(counts.toSorted()).toEqual([0, 0, 0, 0, 0, 1]);
    expect(await deliver(asked)).toBe(0);
    expect(await told(asked)).toHaveLength(1);
    expect(await mailed('both@demo.test')).toBe(mails + 1);
    const added = (await outbox('NotificationAdded')).slice(events);
    expect(added.map(({ tenant_id, stream_id }) => [tenant_id, stream_id])).toEqual([[AURORA, idOf('both@demo.test')]]);
    expect((await outbox('StaffNotified')).filter(({ payload }) => payload['dedupeKey'] === asked.dedupeKey)).toHaveLength(7);
  });

  it('leaves one event in the trail, with how many and nothing of whom', async () => {
    const before = (await identity.audit('notification.create')).length;
    const asked = request({ userIds: [] });
    await deliver(asked);
    await deliver(asked);
    const events = (await identity.audit('notification.create')).slice(before);
    expect(events.map(({ tenant, event }) => [tenant, event.actor.kind, event.after])).toEqual([[AURORA, 'system', { kind: 'MESSAGE_UNCONFIRMED', people: 2 }]]);
  });

  it('is a mail in the words of the inbox, without a link to anything of somebody else', async () => {
    await deliver(request({ params: { conversation: 77 } }));
    const mail = (await identity.mails('both@demo.test')).at(-1);
    expect(mail).toMatchObject({ kind: 'NOTIFICATION', subject: 'Was this message sent?', text: expect.stringContaining('conversation #77') });
  });
});

describe('what a person chose', () => {
  const choose = (kind: string, inApp: boolean, email: boolean) => identity.rows(
    `insert into identity.notification_preference values ($1, $2, $3, $4, $5, now())
      on conflict (tenant_id, user_id, kind) do update set in_app = excluded.in_app, email = excluded.email`,
    [AURORA, idOf('both@demo.test'), kind, inApp, email]);
  const reached = async (asked: StaffNotificationRequest): Promise<unknown[]> => {
    const [mails, events] = [await mailed('both@demo.test'), (await outbox('NotificationAdded')).length];
    await deliver(asked);
    const rows = await identity.rows<{ in_app: boolean }>('select in_app from identity.notification where dedupe_key = $1', [asked.dedupeKey]);
    return [rows.map(({ in_app }) => in_app), (await outbox('NotificationAdded')).length - events, await mailed('both@demo.test') - mails];
  };

  it('decides the ways: inbox and live, mail, both, or neither', async () => {
    expect(await reached(request())).toEqual([[true], 1, 1]);
    await choose('MESSAGE_UNCONFIRMED', true, false);
    expect(await reached(request())).toEqual([[true], 1, 0]);
    await choose('MESSAGE_UNCONFIRMED', false, false);
    expect(await reached(request())).toEqual([[], 0, 0]);
    await choose('MESSAGE_UNCONFIRMED', false, true);
    const asked = request();
    expect(await reached(asked)).toEqual([[false], 0, 1]);
    expect(await reached(asked)).toEqual([[false], 0, 0]);
    expect(await reached(request({ kind: 'MESSAGE_FAILED' }))).toEqual([[true], 1, 0]);
  });

  it('counts nothing for a notice of security, which a change of identity\'s own can tell inside itself', async () => {
    await choose('SESSION_REUSED', false, false);
    const userId = idOf('both@demo.test');
    const actor = await identity.actorOf((await identity.signIn('both@demo.test', encodeId('tnt', AURORA))).accessToken);
    const mails = await mailed('both@demo.test');
    const seen = await runUnit(unitDeps(), tenantScope(AURORA, userId), { actor, correlationId: 'test' }, async (unit) => {
      await identity.subject.running.services.notificationDelivery.notify(unit, AURORA, {
        kind: 'SESSION_REUSED', userIds: [userId], permission: null, subjectId: null, params: {}, dedupeKey: 'reuse' });
      const { rows } = await sql<Record<string, string>>`select current_setting('app.tenant_id') as tenant, current_setting('app.user_id') as person,
        current_setting('app.permissions') as permissions`.execute(unit.tx.getKysely());
      return rows;
    });
    // The change goes on in the scope it had.
    expect(seen).toEqual([{ tenant: AURORA, person: userId, permissions: '' }]);
    expect(await identity.rows(`select in_app from identity.notification where dedupe_key = 'reuse'`)).toEqual([{ in_app: true }]);
    expect(await mailed('both@demo.test')).toBe(mails + 1);
  });
});

describe('a refresh token that comes back', () => {
  it.each([['a tenant', 'viewer@demo.test', AURORA], ['the platform', 'root@demo.test', PLATFORM_TENANT_ID]])('is told to its person of %s, once a session, by mail too', async (_, email, home) => {
    const notices = () => identity.rows<{ tenant: string; user: string }>(
      `select tenant_id as tenant, user_id as user from identity.notification where kind = 'SESSION_REUSED' and dedupe_key like '%/REUSED' and user_id = $1`, [idOf(email)]);
    const { refreshToken } = await identity.signIn(email);
    expect((await identity.refresh(refreshToken)).data).toMatchObject({ sessionRefresh: { userErrors: [] } });
    expect(await notices()).toEqual([]);
    const mails = await mailed(email);
    identity.advance(60_000);
    for (let times = 0; times < 3; times += 1) {
      expect((await identity.refresh(refreshToken)).data).toMatchObject({ sessionRefresh: { session: null, userErrors: [{ code: 'SESSION_EXPIRED' }] } });
    }
    expect(await notices()).toEqual([{ tenant: home, user: idOf(email) }]);
    expect(await mailed(email)).toBe(mails + 1);
  });
});

describe('people of the platform', () => {
  it('are told too; no event, which would need a tenant', async () => {
    const actor = await identity.actorOf((await identity.signIn('root@demo.test')).accessToken);
    await identity.rows('delete from identity.notification where tenant_id = $1', [PLATFORM_TENANT_ID]);
    await runUnit(unitDeps(), { tenant: null, user: actor.sub }, { actor, correlationId: 'test' }, (unit) =>
      identity.subject.running.services.notificationDelivery.notify(unit, PLATFORM_TENANT_ID, {
        kind: 'SESSION_REUSED', userIds: [actor.sub ?? ''], permission: null, subjectId: null, params: {}, dedupeKey: 'root reuse' }));
    const { data, errors } = await identity.subject.ask('{ viewer { unreadNotifications notifications { nodes { kind title } } } }', {}, actor);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ viewer: { unreadNotifications: 1, notifications: { nodes: [{ kind: 'SESSION_REUSED', title: 'A session was ended for safety' }] } } });
  });
});

describe('an event of another subgraph', () => {
  const [reaction] = notificationSlice.reactions ?? [];
  const event = { kind: 'MESSAGE_FAILED', userIds: [], permission: 'a:b', subjectId: 'msg_1', params: { conversation: 1 }, dedupeKey: 'x:y/FAILED', later: true };

  it('becomes the job, whatever else it says', () => {
    const { later: _, ...known } = event;
    const payload = notifyJob.payload.parse(reaction?.payload(AURORA, event));
    expect(payload).toEqual({ tenantId: AURORA, request: known });
    // Queues take no colon in a key.
    expect(notifyJob.key(payload)).toBe(`${AURORA}/x_y/FAILED`);
  });

  it.each([
    ['a kind nobody knows', { kind: 'GOSSIP' }], ['a person that is no id', { userIds: ['Ana'] }], ['no permission', { permission: '' }],
    ['more people than it may name', { userIds: Array.from({ length: 21 }, () => AURORA) }], ['an endless key', { dedupeKey: 'x'.repeat(201) }],
  ])('with %s is not understood', (_, changed) => {
    expect(() => reaction?.payload(AURORA, { ...event, ...changed })).toThrow();
  });
});

describe('the database, as the role of the subgraph', () => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
    await client.connect();
    await deliver(request({ userIds: [] }));
    await identity.rows(`insert into identity.notification_preference values ($1, $2, 'MESSAGE_FAILED', true, true, now())`, [AURORA, idOf('owner@demo.test')]);
  });
  afterAll(() => client?.end());

  async function as<Row extends object>(tenant: string, user: string, permissions: string, query: string, values: unknown[] = []): Promise<Row[]> {
    await client.query('begin');
    try {
      await client.query(`select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.permissions', $3, true)`, [tenant, user, permissions]);
      return (await client.query<Row>(query, values)).rows;
    } finally {
      await client.query('rollback');
    }
  }
  const EVERYTHING = 'user:manage,user:read,system:admin';

  it.each(['notification', 'notification_preference'])('shows and changes of %s only one\'s own rows, whatever one may do', async (table) => {
    const owner = idOf('owner@demo.test');
    const rows = await as<{ user_id: string }>(AURORA, owner, EVERYTHING, `select user_id from identity.${table}`);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ user_id }) => user_id))).toEqual(new Set([owner]));
    const [{ all } = { all: '0' }] = await identity.rows<{ all: string }>(`select count(distinct user_id) as all from identity.${table}`);
    expect(Number(all)).toBeGreaterThan(1);
    const changed = await as<{ user_id: string }>(AURORA, owner, EVERYTHING, `update identity.${table} set in_app = in_app returning user_id`);
    expect(changed).toHaveLength(rows.length);
    expect(await as(AURORA, '', EVERYTHING, `select 1 from identity.${table}`)).toEqual([]);
    expect(await as(RIVAL, owner, EVERYTHING, `select 1 from identity.${table}`)).toEqual([]);
  });

  it('lets nobody write to another\'s inbox', async () => {
    const insert = `insert into identity.notification values ($1, gen_random_uuid(), $2, 'MESSAGE_FAILED', null, '{}', 'forged', true, now(), null) returning 1`;
    const owner = idOf('owner@demo.test');
    expect(await as(AURORA, owner, EVERYTHING, insert, [AURORA, owner])).toHaveLength(1);
    await expect(as(AURORA, owner, EVERYTHING, insert, [AURORA, idOf('both@demo.test')])).rejects.toMatchObject({ code: '42501' });
    await expect(as(AURORA, owner, EVERYTHING, insert, [RIVAL, owner])).rejects.toMatchObject({ code: '42501' });
  });
});

it('nobody can hold what the one who delivers acts with', () => {
  expect(Object.keys(identity.subject.running.definition.permissions)).not.toContain('notification:deliver');
});
