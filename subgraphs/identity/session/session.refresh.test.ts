// sessionRefresh: each token once; a spent one that comes back ends its family.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId } from '../../kernel/base/ids.js';
import { AURORA, TestIdentity, type Tokens } from '../../../test/kit/identity.js';

const DAY = 86_400_000;
let identity: TestIdentity;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterAll(() => identity.close());

interface Payload { session: Tokens | null; userErrors: { __typename: string; code: string }[] }
const refresh = async (token: string): Promise<Payload> => {
  const { data, errors } = await identity.refresh(token);
  expect(errors).toBeUndefined();
  return data?.['sessionRefresh'] as Payload;
};
const next = async (token: string): Promise<Tokens> => {
  const { session } = await refresh(token);
  if (!session) throw new Error('The refresh was refused.');
  return session;
};
const EXPIRED = {
  session: null,
  userErrors: [{
    __typename: 'SessionExpired', code: 'SESSION_EXPIRED', field: ['input', 'refreshToken'],
    message: 'This session has ended: sign in again.',
  }],
};
const counts = async () => (await identity.rows<{ sessions: number; spent: number }>(
  `select (select count(*)::int from identity.session) as sessions,
    (select count(*)::int from identity.spent_refresh) as spent`))[0];

describe('sessionRefresh', () => {
  it('rotates both tokens of the same session', async () => {
    const first = await identity.signIn('owner@demo.test');
    identity.advance(60_000);
    const second = await next(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const sid = await identity.sessionOf(second.accessToken);
    expect(sid).toBe(await identity.sessionOf(first.accessToken));
    expect((await identity.audit('auth.refresh')).at(-1)).toMatchObject({
      tenant: AURORA,
      event: { outcome: 'SUCCESS', type: 'AUTHENTICATION', resource: { type: 'Session', id: encodeId('sess', sid) } },
    });
    expect(await next(second.refreshToken)).toBeTruthy();
  });

  it('ends the family when a spent token comes back, and records why', async () => {
    const first = await identity.signIn('owner@demo.test');
    const other = await identity.signIn('owner@demo.test');
    const second = await next(first.refreshToken);
    const third = await next(second.refreshToken);
    const sid = await identity.sessionOf(first.accessToken);
    expect(await identity.port.session(sid)).toMatchObject({ ok: true, epoch: 0 });

    expect(await refresh(first.refreshToken)).toEqual(EXPIRED);

    expect(await identity.port.session(sid)).toEqual({ ok: false, reason: 'revoked' });
    expect(await refresh(third.refreshToken)).toEqual(EXPIRED);
    expect(await identity.rows('select epoch, revoked_reason from identity.session where id = $1', [sid]))
      .toEqual([{ epoch: 1, revoked_reason: 'REFRESH_REUSE' }]);
    expect(await identity.audit('auth.refresh_reuse')).toMatchObject([{
      tenant: AURORA,
      event: {
        type: 'SECURITY', outcome: 'FAILURE', severity: 'WARNING', resource: { type: 'Session', id: encodeId('sess', sid) },
      },
    }]);
    expect((await refresh(other.refreshToken)).userErrors).toEqual([]);
  });

  it('lets one of many simultaneous callers win', async () => {
    const { refreshToken, accessToken } = await identity.signIn('viewer@demo.test');
    const before = await counts();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
    expect(outcomes.filter(({ session }) => session !== null)).toHaveLength(1);
    expect((await counts())?.spent).toBe((before?.spent ?? 0) + 1);
    expect(await identity.port.session(await identity.sessionOf(accessToken))).toEqual({ ok: false, reason: 'revoked' });
  });

  it('refuses an unknown token and stores nothing but the event', async () => {
    const before = await counts();
    expect(await refresh('A'.repeat(43))).toEqual(EXPIRED);
    expect(await counts()).toEqual(before);
    expect((await identity.audit('auth.refresh')).at(-1))
      .toMatchObject({ tenant: null, event: { outcome: 'FAILURE', reason: 'SESSION_EXPIRED' } });
    expect((await refresh('A'.repeat(129))).userErrors).toMatchObject([{ __typename: 'InputInvalid' }]);
  });

  it('ends after 14 idle days and after 30 days in use', async () => {
    const idle = await identity.signIn('owner@demo.test');
    identity.advance(14 * DAY);
    expect(await identity.port.session(await sidOf(idle))).toEqual({ ok: false, reason: 'expired' });
    expect(await refresh(idle.refreshToken)).toEqual(EXPIRED);

    let used = await identity.signIn('owner@demo.test');
    for (const days of [13, 13]) {
      identity.advance(days * DAY);
      used = await next(used.refreshToken);
    }
    const sid = await identity.sessionOf(used.accessToken);
    expect(await identity.port.session(sid)).toMatchObject({ ok: true, expiresAt: new Date(identity.now.getTime() + 4 * DAY).toISOString() });
    identity.advance(4 * DAY);
    expect(await refresh(used.refreshToken)).toEqual(EXPIRED);
    expect(await identity.port.session(sid)).toEqual({ ok: false, reason: 'expired' });
  });

  it('ends with the membership', async () => {
    const { accessToken, refreshToken } = await identity.signIn('viewer@demo.test');
    const sid = await identity.sessionOf(accessToken);
    await identity.rows(`update identity.membership set status = 'SUSPENDED' where email = 'viewer@demo.test'`);
    expect(await identity.port.session(sid)).toEqual({ ok: false, reason: 'revoked' });
    expect(await refresh(refreshToken)).toEqual(EXPIRED);
    await identity.rows(`update identity.membership set status = 'ACTIVE' where email = 'viewer@demo.test'`);
    expect(await identity.port.session(sid)).toMatchObject({ ok: true });
    expect((await refresh(refreshToken)).userErrors).toEqual([]);
  });

  it('works for people of the platform', async () => {
    const root = await identity.signIn('root@demo.test');
    const second = await next(root.refreshToken);
    expect((await identity.audit('auth.refresh')).at(-1)).toMatchObject({ tenant: null, event: { outcome: 'SUCCESS' } });
    expect(await refresh(root.refreshToken)).toEqual(EXPIRED);
    expect(await refresh(second.refreshToken)).toEqual(EXPIRED);
  });
});

/** The session of tokens whose signature has expired by now. */
async function sidOf({ accessToken }: Tokens): Promise<string> {
  return (JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sid: string }).sid;
}
