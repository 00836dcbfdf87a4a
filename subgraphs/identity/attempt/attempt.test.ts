// Lockout and throttles of signing in: exact under parallel attempts, the same for accounts that do not exist, and no weapon.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { Pool } from 'pg';
import { anonymous, type Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';
import { tidyIdentity } from '../tidy.js';
import { networkOf } from '../../kernel/base/client-network.js';

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  session { accessToken } userErrors { __typename code field message ... on TooManyAttempts { retryAt } } } }`;
const UNLOCK = 'mutation ($input: AccountUnlockInput!) { accountUnlock(input: $input) { countersCleared userErrors { __typename code field } } }';
const OWNER = 'owner@demo.test';
const ATTACKER = '203.0.113.7';
const HOME = '198.51.100.20';
const MINUTE = 60_000;

let identity: TestIdentity;
beforeAll(async () => { identity = await TestIdentity.boot(); });
beforeEach(async () => { await identity.rows('delete from identity.attempt'); });
afterAll(() => identity.close());

interface Answer { session: unknown; userErrors: { __typename: string; retryAt?: string }[] }
async function attempt(email: string, password: string, ip = ATTACKER): Promise<Answer> {
  const { data, errors } = await identity.subject.ask(LOGIN, { input: { email, password } }, anonymous(ip, 'test'));
  expect(errors).toBeUndefined();
  return data?.['login'] as Answer;
}
const outcome = ({ session, userErrors }: Answer): string => (session ? 'session' : userErrors[0]?.__typename ?? 'nothing');
async function fail(times: number, email: string, ip = ATTACKER): Promise<string[]> {
  const outcomes: string[] = [];
  for (let n = 0; n < times; n += 1) outcomes.push(outcome(await attempt(email, 'wrong', ip)));
  return outcomes;
}
const count = (outcomes: string[], one: string): number => outcomes.filter((each) => each === one).length;
const sessions = async () => (await identity.rows<{ count: number }>('select count(*)::int from identity.session'))[0]?.count;
const locks = async () => (await identity.audit('auth.lock')).length;

describe('five failures from one network', () => {
  it('lock it out of the account, right password or not, until the first of them is 15 minutes old', async () => {
    expect(await fail(4, OWNER)).toEqual(Array.from({ length: 4 }, () => 'InvalidCredentials'));
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('session');
    identity.advance(MINUTE);
    expect(await fail(1, OWNER)).toEqual(['InvalidCredentials']);
    const before = await sessions();
    const locked = await attempt(OWNER, PASSWORD);
    expect(locked).toEqual({
      session: null,
      userErrors: [{
        __typename: 'TooManyAttempts', code: 'RATE_LIMITED', field: ['input'], message: 'Too many attempts: wait until retryAt and try again.',
        retryAt: new Date(identity.now.getTime() + 14 * MINUTE).toISOString(),
      }],
    });
    expect(await sessions()).toBe(before);
    expect((await identity.audit('auth.login')).at(-1)).toMatchObject({ event: { outcome: 'FAILURE', reason: 'RATE_LIMITED', ip: ATTACKER } });
    identity.advance(14 * MINUTE - 1);
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('TooManyAttempts');
    identity.advance(1);
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('session');
  });

  it('are counted exactly when a hundred come at once', async () => {
    const outcomes = (await Promise.all(Array.from({ length: 100 }, () => attempt(OWNER, 'wrong')))).map(outcome);
    expect([count(outcomes, 'InvalidCredentials'), count(outcomes, 'TooManyAttempts')]).toEqual([5, 95]);
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('TooManyAttempts');
  });

  it('are counted one by one in a single document, which leaves one event of all that were not judged', async () => {
    const told = async () => (await identity.audit('auth.login')).filter(({ event }) => event.reason === 'RATE_LIMITED').length;
    identity.advance(MINUTE);
    const before = await told();
    const fields = Array.from({ length: 100 }, (_, n) => `a${n}: login(input: { email: "${OWNER}", password: "guess-${n}" }) { session { accessToken } userErrors { __typename } }`);
    const { data } = await identity.subject.ask(`mutation { ${fields.join(' ')} }`, {}, anonymous(ATTACKER, 'test'));
    const outcomes = Object.values(data ?? {}).map((answer) => outcome(answer as Answer));
    expect([outcomes.length, count(outcomes, 'InvalidCredentials'), count(outcomes, 'TooManyAttempts')]).toEqual([100, 5, 95]);
    expect(await told()).toBe(before + 1);
    identity.advance(MINUTE);
    expect([outcome(await attempt(OWNER, PASSWORD)), await told()]).toEqual(['TooManyAttempts', before + 2]);
  });

  it('do not tell whether there is an account', async () => {
    const watch = async (email: string) => {
      const before = identity.subject.running.database.statements;
      const answers = [];
      for (let n = 0; n < 7; n += 1) answers.push(await attempt(email, 'wrong'));
      return { answers, statements: identity.subject.running.database.statements - before };
    };
    await fail(1, 'somebody@else.test');
    expect(await watch('nobody@demo.test')).toEqual(await watch(OWNER));
  });

  it('lock out their network and nobody else', async () => {
    expect(await fail(6, OWNER)).toContain('TooManyAttempts');
    expect(outcome(await attempt(OWNER, PASSWORD, '203.0.113.99'))).toBe('TooManyAttempts');
    expect(outcome(await attempt(OWNER, PASSWORD, HOME))).toBe('session');
    expect(outcome(await attempt('viewer@demo.test', PASSWORD))).toBe('session');
  });

  it('raise one security event when the lock begins, in the tenant of the account', async () => {
    const before = await locks();
    await fail(4, OWNER);
    expect(await locks()).toBe(before);
    await fail(4, OWNER);
    expect(await locks()).toBe(before + 1);
    expect((await identity.audit('auth.lock')).at(-1)).toMatchObject({
      tenant: AURORA,
      event: {
        type: 'SECURITY', outcome: 'DENIED', reason: 'RATE_LIMITED', ip: ATTACKER, resource: { type: 'User', id: encodeId('user', identity.userIds.get(OWNER) ?? '') },
        after: { kind: 'LOGIN', locks: [{ of: 'SUBJECT_AND_NETWORK', until: new Date(identity.now.getTime() + 15 * MINUTE).toISOString() }] },
      },
    });
    await fail(6, 'nobody@demo.test');
    expect((await identity.audit('auth.lock')).at(-1)).toMatchObject({ tenant: null, event: { resource: { type: 'User', id: null } } });
  });

  it('keep no personal data and go away', async () => {
    await fail(2, OWNER);
    await attempt(OWNER, PASSWORD, HOME);
    const kept = await identity.rows<{ key: string; subject: string }>('select * from identity.attempt');
    expect(kept.length).toBeGreaterThan(3);
    expect(JSON.stringify(kept)).not.toMatch(/owner|demo|203\.0|198\.51/);
    // Nor can anybody try addresses against it who has no key of the platform.
    const guesses = [['subject', OWNER], ['LOGIN', 'SUBJECT', OWNER], ['LOGIN', 'SUBJECT_AND_NETWORK', OWNER, networkOf(ATTACKER)]]
      .flatMap((parts) => [createHash('sha256'), createHmac('sha256', Buffer.alloc(32, 7))].map((hash) => hash.update(JSON.stringify(parts)).digest('hex')));
    expect(kept.filter(({ key, subject }) => guesses.includes(key) || guesses.includes(subject))).toEqual([]);
    await identity.rows(`update identity.attempt set expires_at = now() + case when cardinality(taken) = 0 then interval '1 day' else interval '-1 second' end`);
    const system = new Pool({ connectionString: identity.subject.database.urls.system, max: 1 });
    try {
      await tidyIdentity()(system);
    } finally {
      await system.end();
    }
    const left = await identity.rows<{ taken: unknown[] }>('select taken from identity.attempt');
    expect([left.length > 0, left.filter(({ taken }) => taken.length > 0)]).toEqual([true, []]);
  });
});

describe('guessing from many networks', () => {
  it('is slowed for the account as a whole, but not where its person signs in from', async () => {
    expect(outcome(await attempt(OWNER, PASSWORD, HOME))).toBe('session');
    for (let n = 0; n < 50; n += 1) await identity.subject.running.services.attempts.reserve({ kind: 'LOGIN', subject: OWNER, ip: `10.1.${n % 10}.1` });
    expect(outcome(await attempt(OWNER, PASSWORD, '10.1.200.1'))).toBe('TooManyAttempts');
    expect(outcome(await attempt(OWNER, PASSWORD, HOME))).toBe('session');
    expect(outcome(await attempt('viewer@demo.test', PASSWORD, '10.1.200.1'))).toBe('session');
    identity.advance(60 * MINUTE);
    expect(outcome(await attempt(OWNER, PASSWORD, '10.1.200.1'))).toBe('session');
  });

  it('and at many accounts from one, as a network', async () => {
    for (let person = 0; person < 100; person += 1) {
      await identity.subject.running.services.attempts.reserve({ kind: 'LOGIN', subject: `person-${person}@demo.test`, ip: ATTACKER });
    }
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('TooManyAttempts');
    expect(outcome(await attempt(OWNER, PASSWORD, HOME))).toBe('session');
  });

  it('which does not shut out the people who are known from that network', async () => {
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('session');
    for (let person = 0; person < 100; person += 1) {
      await identity.subject.running.services.attempts.reserve({ kind: 'LOGIN', subject: `person-${person}@demo.test`, ip: ATTACKER });
    }
    expect(outcome(await attempt('viewer@demo.test', PASSWORD))).toBe('TooManyAttempts');
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('session');
    expect(await fail(6, OWNER)).toEqual([...Array<string>(5).fill('InvalidCredentials'), 'TooManyAttempts']);
  });
});

describe('accountUnlock', () => {
  const userId = (email: string) => encodeId('user', identity.userIds.get(email) ?? '');
  const manager = async (): Promise<Actor> => identity.actorOf((await identity.signIn(OWNER)).accessToken);
  const unlock = (id: string, actor: Actor) => identity.subject.ask(UNLOCK, { input: { userId: id } }, actor);

  it('lets a colleague try again at once', async () => {
    const actor = await manager();
    await fail(6, 'viewer@demo.test');
    await fail(6, OWNER);
    expect(await unlock(userId('viewer@demo.test'), actor)).toEqual({ data: { accountUnlock: { countersCleared: 2, userErrors: [] } } });
    expect(outcome(await attempt('viewer@demo.test', PASSWORD))).toBe('session');
    expect(outcome(await attempt(OWNER, PASSWORD))).toBe('TooManyAttempts');
    expect((await identity.audit('account.unlock')).at(-1)).toMatchObject({
      tenant: AURORA, event: { outcome: 'SUCCESS', severity: 'WARNING', resource: { type: 'User', id: userId('viewer@demo.test') }, after: { countersCleared: 2 } },
    });
  });

  it('is for who manages users, of their own tenant', async () => {
    const actor = await manager();
    await fail(6, 'viewer@demo.test');
    await fail(6, 'owner@rival.test');
    const before = await identity.rows('select * from identity.attempt order by key');
    expect((await unlock(userId('viewer@demo.test'), { ...actor, permissions: ['user:read'] })).errors)
      .toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:manage' } }]);
    for (const id of [userId('owner@rival.test'), encodeId('user', newId())]) {
      expect((await unlock(id, actor)).data)
        .toEqual({ accountUnlock: { countersCleared: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'userId'] }] } });
    }
    expect((await unlock('user_nobody', actor)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await identity.rows('select * from identity.attempt order by key')).toEqual(before);
  });
});

describe('accountUnlock is no way to guess on', () => {
  const counted = async () => identity.rows('select * from identity.attempt order by key');
  const refusal = async (userId: string, actor: Actor) => {
    const { data, errors } = await identity.subject.ask(UNLOCK, { input: { userId } }, actor);
    return errors?.[0]?.extensions?.['code'] ?? (data?.['accountUnlock'] as { userErrors: { __typename: string }[] }).userErrors[0]?.__typename ?? 'unlocked';
  };

  it('at who may do more, at oneself, at who has left, or as a key', async () => {
    const people = new People(identity);
    const owner = await people.actor(OWNER);
    await people.admit('desk@demo.test', 'VIEWER');
    await people.admit('left@demo.test', 'VIEWER');
    const { role } = await people.done('roleCreate', { name: 'Desk', permissions: ['user:manage'] }, owner);
    await people.done('roleGrant', { userId: people.id('desk@demo.test'), roleId: (role as { id: string }).id }, owner);
    const desk = await people.actor('desk@demo.test');
    for (const email of [OWNER, 'desk@demo.test', 'left@demo.test', 'viewer@demo.test']) await fail(6, email);
    await people.done('userDelete', { userId: people.id('left@demo.test') }, owner);
    const before = await counted();
    expect(await refusal(people.id(OWNER), desk)).toBe('GrantRefused');
    expect(await refusal(people.id('desk@demo.test'), desk)).toBe('UserIsYourself');
    expect(await refusal(people.id('left@demo.test'), desk)).toBe('InputInvalid');
    expect(await refusal(people.id('viewer@demo.test'), { ...owner, kind: 'api_key', sub: null, session: null, apiKey: newId() })).toBe('FORBIDDEN');
    expect(await counted()).toEqual(before);
    expect(await refusal(people.id('viewer@demo.test'), desk)).toBe('unlocked');
  });

  it('at codes of the second factor, which stay counted', async () => {
    const [actor, id] = [await identity.actorOf((await identity.signIn(OWNER)).accessToken), identity.userIds.get('viewer@demo.test') ?? ''];
    const { attempts } = identity.subject.running.services;
    for (const kind of ['PASSWORD', 'MFA_CODE'] as const) for (let n = 0; n < 5; n += 1) await attempts.reserve({ kind, subject: id, ip: null });
    expect(await refusal(encodeId('user', id), actor)).toBe('unlocked');
    await attempts.reserve({ kind: 'PASSWORD', subject: id, ip: null });
    await expect(attempts.reserve({ kind: 'MFA_CODE', subject: id, ip: null })).rejects.toThrow('Too many attempts');
  });
});

describe('the network of an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'], ['::ffff:203.0.113.7', '203.0.113.0/24'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'], ['2001:db8::1', '2001:db8:0:0::/64'], ['::1', '0:0:0:0::/64'], ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'], ['not an address', 'unknown'], [null, 'unknown'],
  ])('%s is %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });
});
