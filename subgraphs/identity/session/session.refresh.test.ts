// sessionRefresh: each token once; a spent one that comes back ends its family.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { ACTOR_HEADER, CORRELATION_HEADER, anonymous, signActor, type Actor } from '../../kernel/base/actor.js';
import { encodeId } from '../../kernel/base/ids.js';
import { SEEN_MS } from '../../kernel/crypto/data-keys.js';
import type { SubgraphPort } from '../../kernel/base/subgraph-port.js';
import { AURORA, REFRESH, RIVAL, TestIdentity, type Tokens } from '../../../test/kit/identity.js';
import { until } from '../../../test/kit/until.js';
import { GRACE_MS } from './session.grace.js';

const DAY = 86_400_000;
let identity: TestIdentity;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterAll(() => identity.close());

interface Payload { session: Tokens | null; userErrors: { __typename: string; code: string }[] }
const refresh = async (token: string, client?: Actor): Promise<Payload> => {
  const { data, errors } = await identity.refresh(token, client);
  expect(errors).toBeUndefined();
  return data?.['sessionRefresh'] as Payload;
};
/** The same call in another process on the same database. */
const elsewhere = async (port: SubgraphPort, refreshToken: string): Promise<Payload> => {
  const headers = { [ACTOR_HEADER]: signActor(anonymous('127.0.0.1', 'test'), identity.subject.keys.privateKey, identity.now), [CORRELATION_HEADER]: 'race' };
  const { data } = await port.execute({ query: REFRESH, variables: { input: { refreshToken } }, headers });
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
    identity.advance(GRACE_MS);
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

  it('gives 50 simultaneous callers one successor and logs nobody out, in two processes', async () => {
    const { refreshToken, accessToken } = await identity.signIn('viewer@demo.test');
    const before = await counts();
    const sibling = await identity.sibling();
    try {
      let running = 0;
      let most = 0;
      const outcomes = await Promise.all(Array.from({ length: 50 }, async (_, index) => {
        running += 1;
        most = Math.max(most, running);
        const result = index % 2 === 0 ? await refresh(refreshToken) : await elsewhere(sibling.port, refreshToken);
        running -= 1;
        return result;
      }));
      process.stdout.write(`refresh race: ${most} calls at once over two processes of 8 and 2 connections\n`);
      expect(most).toBe(50);
      expect(new Set(outcomes.map(({ session }) => session?.refreshToken)).size).toBe(1);
      expect(outcomes.flatMap(({ userErrors }) => userErrors)).toEqual([]);
      expect((await counts())?.spent).toBe((before?.spent ?? 0) + 1);
      expect(await identity.port.session(await identity.sessionOf(accessToken))).toMatchObject({ ok: true, epoch: 0 });
      expect((await refresh(outcomes[0]?.session?.refreshToken ?? '')).userErrors).toEqual([]);
    } finally {
      await sibling.close();
    }
  });

  it('forgives a repetition by the same client within 10 seconds, with the newest token of the session', async () => {
    const first = await identity.signIn('owner@demo.test');
    const second = await next(first.refreshToken);
    identity.advance(GRACE_MS - 1);
    expect((await next(first.refreshToken)).refreshToken).toBe(second.refreshToken);
    const third = await next(second.refreshToken);
    // The token before the last one, whose successor is spent too: the client gets what works.
    expect((await next(second.refreshToken)).refreshToken).toBe(third.refreshToken);
    expect((await identity.audit('auth.refresh')).at(-1)).toMatchObject({ event: { outcome: 'SUCCESS', after: { repeated: true } } });
    expect((await next(third.refreshToken)).refreshToken).not.toBe(third.refreshToken);
  });

  it.each<[string, Actor]>([
    ['another address', anonymous('10.9.8.7', 'test')], ['another program', anonymous('127.0.0.1', 'curl')], ['no address', anonymous(null, 'test')],
  ])('forgives no repetition from %s: the family ends, gateways hear of it', async (_, client) => {
    const first = await identity.signIn('owner@demo.test');
    const second = await next(first.refreshToken);
    const sid = await identity.sessionOf(first.accessToken);
    const before = (await identity.audit('auth.refresh_reuse')).length;
    expect(await refresh(first.refreshToken, client)).toEqual(EXPIRED);
    expect(await identity.port.session(sid)).toEqual({ ok: false, reason: 'revoked' });
    expect(await refresh(second.refreshToken)).toEqual(EXPIRED);
    expect(await identity.audit('auth.refresh_reuse')).toHaveLength(before + 1);
    expect(await identity.rows('select home from identity.access_change where session_id = $1', [sid])).toEqual([{ home: AURORA }]);
  });

  it('gives a repetition nothing once the session has ended', async () => {
    const first = await identity.signIn('owner@demo.test');
    const second = await next(first.refreshToken);
    const LOGOUT = 'mutation { logout(input: {}) { sessionsEnded } }';
    expect((await identity.subject.ask(LOGOUT, {}, await identity.actorOf(second.accessToken))).data).toEqual({ logout: { sessionsEnded: 1 } });
    const before = (await identity.audit('auth.refresh_reuse')).length;
    expect(await refresh(first.refreshToken)).toEqual(EXPIRED);
    expect(await identity.audit('auth.refresh_reuse')).toHaveLength(before);
  });

  it('raises no alarm for a stale tab after signing out', async () => {
    const stale = await identity.signIn('owner@demo.test');
    const { accessToken } = await next(stale.refreshToken);
    const LOGOUT = 'mutation { logout(input: {}) { sessionsEnded } }';
    await identity.subject.ask(LOGOUT, {}, await identity.actorOf(accessToken));
    identity.advance(GRACE_MS);
    const alarms = async () => [(await identity.audit('auth.refresh_reuse')).length, (await identity.rows(`select from identity.notification where kind = 'SESSION_REUSED'`)).length];
    const before = await alarms();
    expect(await refresh(stale.refreshToken)).toEqual(EXPIRED);
    expect(await alarms()).toEqual(before);
  });

  it('keeps the successor sealed, and not beyond the next use after a minute', async () => {
    const { refreshToken } = await identity.signIn('owner@demo.test');
    const second = await next(refreshToken);
    const sid = await identity.sessionOf(second.accessToken);
    const sealed = async () => (await identity.rows<{ sealed: Buffer | null }>('select refresh_sealed as sealed from identity.session where id = $1', [sid]))[0]?.sealed;
    expect((await sealed())?.includes(second.refreshToken)).toBe(false);
    identity.advance(60_000);
    await identity.port.session(sid);
    await until(async () => (await sealed()) === null, 'the sealed token is wiped');
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

  it('ends a session whose tenant is being erased: the key of what it was sent is gone', async () => {
    const first = await identity.signIn('owner@rival.test');
    const second = await next(first.refreshToken);
    expect((await next(first.refreshToken)).refreshToken).toBe(second.refreshToken);
    await identity.rows('delete from identity.data_key where tenant_id = $1', [RIVAL]);
    await wait(SEEN_MS + 50);
    expect(await refresh(first.refreshToken)).toEqual(EXPIRED);
  });

  it('works for people of the platform', async () => {
    const root = await identity.signIn('root@demo.test');
    const second = await next(root.refreshToken);
    expect((await identity.audit('auth.refresh')).at(-1)).toMatchObject({ tenant: null, event: { outcome: 'SUCCESS' } });
    expect((await next(root.refreshToken)).refreshToken).toBe(second.refreshToken);
    identity.advance(GRACE_MS);
    expect(await refresh(root.refreshToken)).toEqual(EXPIRED);
    expect(await refresh(second.refreshToken)).toEqual(EXPIRED);
  });
});

/** The session of tokens whose signature has expired by now. */
async function sidOf({ accessToken }: Tokens): Promise<string> {
  return (JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sid: string }).sid;
}
