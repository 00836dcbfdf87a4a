// What a tenant demands: who may read and change it, and that it holds for sessions that are open already.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';

const QUERY = '{ securityPolicy { mfaRequired sessionIdleMinutes sessionAbsoluteMinutes } }';
const UPDATE = `mutation ($input: SecurityPolicyUpdateInput!) { securityPolicyUpdate(input: $input) {
  securityPolicy { mfaRequired sessionIdleMinutes sessionAbsoluteMinutes } userErrors { __typename code field } } }`;
const DEFAULTS = { mfaRequired: false, sessionIdleMinutes: 20_160, sessionAbsoluteMinutes: 43_200 };
const MINUTE = 60_000;

let identity: TestIdentity;
let owner: Actor;
beforeAll(async () => { identity = await TestIdentity.boot(); });
beforeEach(async () => {
  await identity.rows('delete from identity.security_policy');
  owner = await identity.actorOf((await identity.signIn('owner@demo.test')).accessToken);
});
afterAll(() => identity.close());

const read = (actor: Actor) => identity.subject.ask(QUERY, {}, actor);
const update = (input: Record<string, unknown>, actor = owner) => identity.subject.ask(UPDATE, { input }, actor);
const stored = () => identity.rows('select * from identity.security_policy');
const changes = () => identity.rows('select home from identity.access_change');

describe('securityPolicy', () => {
  it('has defaults until it is changed, keeps what an update does not name, and is each tenant\'s own', async () => {
    expect(await read(owner)).toEqual({ data: { securityPolicy: DEFAULTS } });
    const before = (await changes()).length;
    expect(await update({ sessionIdleMinutes: 30 })).toEqual({
      data: { securityPolicyUpdate: { securityPolicy: { ...DEFAULTS, sessionIdleMinutes: 30 }, userErrors: [] } },
    });
    const after = { mfaRequired: true, sessionIdleMinutes: 30, sessionAbsoluteMinutes: 60 };
    await update({ mfaRequired: true, sessionAbsoluteMinutes: 60 });
    expect(await read(owner)).toEqual({ data: { securityPolicy: after } });
    const rival = await identity.actorOf((await identity.signIn('owner@rival.test')).accessToken);
    expect(await read(rival)).toEqual({ data: { securityPolicy: DEFAULTS } });
    expect((await identity.audit('security_policy.update')).at(-1)).toMatchObject({
      tenant: AURORA,
      event: {
        type: 'SECURITY', outcome: 'SUCCESS', resource: { type: 'Tenant', id: encodeId('tnt', AURORA) },
        before: { ...DEFAULTS, sessionIdleMinutes: 30 }, after,
      },
    });
    expect((await changes()).slice(before)).toEqual([{ home: AURORA }, { home: AURORA }]);
  });

  it('of the platform is its own', async () => {
    const root = await identity.actorOf((await identity.signIn('root@demo.test')).accessToken);
    expect((await update({ sessionIdleMinutes: 15 }, root)).errors).toBeUndefined();
    expect(await read(root)).toEqual({ data: { securityPolicy: { ...DEFAULTS, sessionIdleMinutes: 15 } } });
    expect(await read(owner)).toEqual({ data: { securityPolicy: DEFAULTS } });
  });

  it.each([
    [{ sessionIdleMinutes: 4 }, ['input', 'sessionIdleMinutes']],
    [{ sessionIdleMinutes: 43_201 }, ['input', 'sessionIdleMinutes']],
    [{ sessionAbsoluteMinutes: 129_601 }, ['input', 'sessionAbsoluteMinutes']],
    [{ sessionAbsoluteMinutes: -1 }, ['input', 'sessionAbsoluteMinutes']],
    [{ sessionAbsoluteMinutes: 20_159 }, ['input', 'sessionAbsoluteMinutes']],
    [{ sessionIdleMinutes: 60, sessionAbsoluteMinutes: 59 }, ['input', 'sessionIdleMinutes']],
  ])('refuses %j and writes nothing', async (input, field) => {
    expect((await update(input)).data).toEqual({
      securityPolicyUpdate: { securityPolicy: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field }] },
    });
    expect(await stored()).toEqual([]);
  });

  it('is read with settings:read and changed with settings:update, by people', async () => {
    const viewer = await identity.actorOf((await identity.signIn('viewer@demo.test')).accessToken);
    expect((await read(viewer)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'settings:read' } }]);
    expect((await update({ mfaRequired: true }, viewer)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'settings:update' } }]);
    const key: Actor = { ...owner, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    expect((await read(key)).data).toEqual({ securityPolicy: DEFAULTS });
    expect((await update({ mfaRequired: true }, key)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await stored()).toEqual([]);
    expect((await update({ mfaRequired: true })).errors).toBeUndefined();
    expect(await stored()).toHaveLength(1);
  });

  it('is invisible to another tenant in SQL, as the application role', async () => {
    await update({ mfaRequired: true });
    const client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
    await client.connect();
    try {
      const seen = async (tenant: string) => {
        await client.query(`select set_config('app.tenant_id', $1, false)`, [tenant]);
        return (await client.query('select tenant_id from identity.security_policy')).rowCount;
      };
      expect([await seen(AURORA), await seen(RIVAL), await seen('')]).toEqual([1, 0, 0]);
    } finally {
      await client.end();
    }
  });
});

describe('the limits of a session', () => {
  it('hold for sessions that are open, at the next request and at the next refresh', async () => {
    const tokens = await identity.signIn('viewer@demo.test');
    const sid = await identity.sessionOf(tokens.accessToken);
    identity.advance(9 * MINUTE);
    owner = await identity.actorOf((await identity.signIn('owner@demo.test')).accessToken);
    await update({ sessionIdleMinutes: 10, sessionAbsoluteMinutes: 20 });
    expect(await identity.port.session(sid)).toMatchObject({ ok: true, expiresAt: new Date(identity.now.getTime() + MINUTE).toISOString() });
    identity.advance(MINUTE);
    await update({ sessionIdleMinutes: 5 });
    const idle = await identity.signIn('viewer@demo.test');
    identity.advance(5 * MINUTE);
    expect(await identity.port.session(await identity.sessionOf(idle.accessToken))).toEqual({ ok: false, reason: 'expired' });
    const { data } = await identity.refresh(idle.refreshToken);
    expect(data?.['sessionRefresh']).toMatchObject({ session: null, userErrors: [{ code: 'SESSION_EXPIRED' }] });
  });

  it('end a session in use at the absolute one', async () => {
    await update({ sessionIdleMinutes: 5, sessionAbsoluteMinutes: 6 });
    const { refreshToken, accessToken } = await identity.signIn('viewer@demo.test');
    const sid = await identity.sessionOf(accessToken);
    identity.advance(4 * MINUTE);
    const { data } = await identity.refresh(refreshToken);
    expect(data?.['sessionRefresh']).toMatchObject({ userErrors: [] });
    identity.advance(2 * MINUTE - 1);
    expect(await identity.port.session(sid)).toMatchObject({ ok: true });
    identity.advance(1);
    expect(await identity.port.session(sid)).toEqual({ ok: false, reason: 'expired' });
  });
});
