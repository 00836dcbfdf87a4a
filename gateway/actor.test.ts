// Credentials over time: keys that rotate, answers remembered while changes are followed, signatures that are reused.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { randomUUID } from 'node:crypto';
import { ActorVerifier, generateActorKeys, systemActor } from '../subgraphs/kernel/base/actor.js';
import { newApiKey } from '../subgraphs/kernel/base/api-key.js';
import type { AccessChange, Authentication, DelegateAuthentication, KeyAuthentication } from '../subgraphs/kernel/base/subgraph-port.js';
import { ActorSigner, Authenticator } from './actor.js';

const HERE = { ip: '127.0.0.1', userAgent: null };
let now: number;
const clock = { now: () => new Date(now) };
beforeEach(() => { now = Date.UTC(2026, 0, 1); });

const TENANT = randomUUID();
const [USER, SESSION, KEY] = [randomUUID(), randomUUID(), randomUUID()];
const NOBODY: AccessChange = { tenant: TENANT, userId: null, sessionId: null, apiKeyId: null };

/** Identity as the gateway sees it, with two signing keys of which one is published at first; changes are followed by hand. */
async function identity() {
  const keys = await Promise.all(['one', 'two'].map(async (kid) => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' } };
  }));
  const published = new Set(['one']);
  const asked = { keys: 0, sessions: 0, apiKeys: [] as (string | null)[], delegations: [] as string[] };
  const state: { session: Authentication; apiKey: KeyAuthentication; delegation: DelegateAuthentication; changes: AccessChange[] | null; away: boolean; silent: boolean } = {
    session: {
      ok: true, sub: USER, tenant: TENANT, session: SESSION, permissions: [], epoch: 1,
      expiresAt: new Date(now + 86_400_000).toISOString(), validUntil: null,
    },
    apiKey: { ok: true, apiKey: KEY, tenant: TENANT, permissions: ['a:b'], ips: ['127.0.0.0/8'], expiresAt: null },
    delegation: { ok: true, sub: USER, apiKey: null, tenant: TENANT, permissions: ['a:b'], ip: '192.0.2.9', userAgent: 'theirs', expiresAt: new Date(now + 60_000).toISOString() },
    changes: null, away: false, silent: false,
  };
  const answered = <T>(answer: T): Promise<T> => (state.away ? Promise.reject(new Error('away')) : Promise.resolve(answer));
  const silence: unknown[] = [];
  const authenticator = new Authenticator({
    session: () => {
      asked.sessions += 1;
      return answered(state.session);
    },
    apiKey: (_hash, ip) => {
      asked.apiKeys.push(ip);
      return answered(state.apiKey);
    },
    delegation: (text) => {
      asked.delegations.push(text);
      return answered(state.delegation);
    },
    changes: () => (state.silent ? Promise.reject(new Error('silent')) : answered({ cursor: '', changes: state.changes })),
    jwks: () => {
      asked.keys += 1;
      return answered({ keys: keys.filter(({ kid }) => published.has(kid)).map(({ jwk }) => jwk) });
    },
  }, clock, { time: () => now, onSilence: (error) => silence.push(error) });
  const poll = (changes: AccessChange[] | null = []): Promise<void> => {
    state.changes = changes;
    return authenticator.follower.poll();
  };
  const token = (kid: string, sid = 'a'): Promise<string> => new SignJWT({ sid })
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' }).setIssuer('switchboard').setAudience('switchboard').setIssuedAt(now / 1000)
    .setExpirationTime(now / 1000 + 3_600).sign(keys.find((key) => key.kid === kid)?.privateKey as CryptoKey);
  const call = async (kid: string, sid = 'a') =>
    authenticator.authenticate({ authorization: [`Bearer ${await token(kid, sid)}`], apiKey: [] }, HERE);
  const key = newApiKey('test');
  const useKey = (ip = '127.0.0.1') => authenticator.authenticate({ authorization: [], apiKey: [key] }, { ip, userAgent: null });
  /** Moves time on in steps in which changes are followed. */
  const follow = async (milliseconds: number): Promise<void> => {
    for (let left = milliseconds; left > 0; left -= 250) {
      now += Math.min(left, 250);
      await poll();
    }
  };
  return { authenticator, call, useKey, asked, published, state, poll, follow, silence };
}

const refusal = (reason: string) => ({ extensions: { code: 'UNAUTHENTICATED', reason } });
const AWAY = { extensions: { code: 'INTERNAL', http: { status: 503 } } };
const REVOKED = { ok: false, reason: 'revoked' } as const;

describe('the key set', () => {
  it('is fetched again for an unknown key, at most once in 5 seconds', async () => {
    const { call, asked, published } = await identity();
    await call('one');
    published.add('two');
    await expect(call('two')).rejects.toMatchObject(refusal('invalid'));
    await expect(call('two')).rejects.toMatchObject(refusal('invalid'));
    expect(asked.keys).toBe(1);
    now += 5_001;
    expect((await call('two')).actor.kind).toBe('user');
    await Promise.all([call('one'), call('two')]);
    expect(asked.keys).toBe(2);
  });

  it('forgets a key that is no longer published within a minute', async () => {
    const { call, published } = await identity();
    await call('one');
    published.delete('one');
    published.add('two');
    now += 60_001;
    await expect(call('one')).rejects.toMatchObject(refusal('invalid'));
    expect((await call('two')).actor.kind).toBe('user');
  });
});

describe('an answer', () => {
  it('is remembered for 30 seconds while changes are followed, and asked once however many want it', async () => {
    const { call, asked, poll, follow } = await identity();
    await poll();
    await Promise.all(Array.from({ length: 10 }, () => call('one')));
    await follow(29_999);
    await call('one');
    expect(asked.sessions).toBe(1);
    await follow(1);
    await call('one');
    expect(asked.sessions).toBe(2);
    await call('one', 'b');
    expect(asked.sessions).toBe(3);
  });

  it.each<[string, Partial<AccessChange> | null, boolean]>([
    ['its session', { sessionId: SESSION }, true],
    ['its person', { userId: USER }, true],
    ['its tenant', {}, true],
    ['more than can be told', null, true],
    ['another session', { sessionId: randomUUID() }, false],
    ['another person', { userId: randomUUID() }, false],
    ['a key', { apiKeyId: KEY }, false],
    ['another tenant', { tenant: randomUUID() }, false],
    ['its person elsewhere', { tenant: null, userId: USER }, false],
  ])('is forgotten with a change that names it: %s', async (_what, change, forgotten) => {
    const { call, state, poll } = await identity();
    await poll();
    await call('one');
    state.session = REVOKED;
    await call('one');
    await poll(change && [{ ...NOBODY, ...change }]);
    const after = call('one');
    await (forgotten ? expect(after).rejects.toMatchObject(refusal('revoked')) : expect(after).resolves.toMatchObject({ actor: { sub: USER } }));
  });

  it('that is on its way when a change comes serves those who wait for it, and nobody after', async () => {
    const { authenticator, call, state, poll, asked } = await identity();
    await poll();
    await call('one');
    await poll(null);
    const proof = { kind: 'session', id: 'a', tokenExpiresAt: new Date(now + 60_000) } as const;
    const waiting = authenticator.check(proof, HERE);
    state.session = REVOKED;
    await poll([{ ...NOBODY, sessionId: SESSION }]);
    expect((await waiting).actor.sub).toBe(USER);
    await expect(authenticator.check(proof, HERE)).rejects.toMatchObject(refusal('revoked'));
    expect(asked.sessions).toBe(3);
  });

  it('is asked at every call from 750 ms without changes on, and remembered again when they are followed', async () => {
    const { call, asked, state, poll, silence } = await identity();
    await poll();
    await call('one');
    state.silent = true;
    await poll();
    now += 750;
    await call('one');
    expect(asked.sessions).toBe(1);
    now += 1;
    await call('one');
    await call('one');
    expect(asked.sessions).toBe(3);
    await poll();
    state.silent = false;
    await poll();
    await call('one');
    expect(asked.sessions).toBe(3);
    expect(silence).toEqual([new Error('silent'), null]);
  });

  it('fails, and is not anonymous, when identity is away; recovers by itself', async () => {
    const { call, useKey, state, poll } = await identity();
    await poll();
    state.away = true;
    await expect(call('one')).rejects.toMatchObject(AWAY);
    await expect(useKey()).rejects.toMatchObject(AWAY);
    state.away = false;
    expect((await call('one')).actor.kind).toBe('user');
    expect((await useKey()).actor.kind).toBe('api_key');
    state.away = true;
    expect((await call('one')).actor.kind).toBe('user');
    now += 751;
    await expect(call('one')).rejects.toMatchObject(AWAY);
    await expect(useKey()).rejects.toMatchObject(AWAY);
  });

  it('does not outlive its session, nor a right that ends', async () => {
    const { call, asked, state, poll } = await identity();
    await poll();
    if (state.session.ok) state.session = { ...state.session, validUntil: new Date(now + 500).toISOString() };
    expect((await call('one')).validUntil).toEqual(new Date(now + 500));
    now += 500;
    await call('one');
    expect(asked.sessions).toBe(2);
  });
});

describe('an API key', () => {
  it('is asked once with the address it came from, and its list is judged at every call; of a wrong address identity hears once a minute', async () => {
    const { useKey, asked, poll } = await identity();
    await poll();
    expect((await useKey()).actor).toEqual({
      kind: 'api_key', sub: null, apiKey: KEY, tenant: TENANT, session: null, permissions: ['a:b'], epoch: 0, ip: '127.0.0.1', userAgent: null,
    });
    await expect(useKey('192.0.2.1')).rejects.toMatchObject(refusal('address'));
    await expect(useKey('192.0.2.2')).rejects.toMatchObject(refusal('address'));
    await useKey('127.0.0.9');
    expect(asked.apiKeys).toEqual(['127.0.0.1', '192.0.2.1']);
  });

  it.each<[string, Partial<AccessChange> | null, boolean]>([
    ['itself', { apiKeyId: KEY }, true], ['its tenant', {}, true], ['more than can be told', null, true],
    ['another key', { apiKeyId: randomUUID() }, false], ['a person', { userId: USER }, false], ['another tenant', { tenant: randomUUID() }, false],
  ])('is forgotten with a change that names %s', async (_what, change, forgotten) => {
    const { useKey, state, poll } = await identity();
    await poll();
    await useKey();
    state.apiKey = REVOKED;
    await poll(change && [{ ...NOBODY, ...change }]);
    await (forgotten ? expect(useKey()).rejects.toMatchObject(refusal('revoked')) : expect(useKey()).resolves.toMatchObject({ actor: { apiKey: KEY } }));
  });

  it('ends at its instant', async () => {
    const { useKey, asked, state, poll } = await identity();
    await poll();
    if (state.apiKey.ok) state.apiKey = { ...state.apiKey, expiresAt: new Date(now + 500).toISOString() };
    await useKey();
    state.apiKey = { ok: false, reason: 'expired' };
    now += 499;
    await useKey();
    now += 1;
    await expect(useKey()).rejects.toMatchObject(refusal('expired'));
    expect(asked.apiKeys).toHaveLength(2);
  });

  it('with a typing error is refused without asking', async () => {
    const { authenticator, asked } = await identity();
    const key = newApiKey('live');
    for (const wrong of [`${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`, key.slice(0, -1), `${key}0`, 'sb_', 'anything']) {
      await expect(authenticator.authenticate({ authorization: [], apiKey: [wrong] }, HERE)).rejects.toMatchObject(refusal('invalid'));
    }
    expect(asked.apiKeys).toEqual([]);
  });
});

describe('the signer', () => {
  it('reuses a signature for the same actor for 5 seconds, never for another', () => {
    const { privateKey, publicKey } = generateActorKeys();
    const signer = new ActorSigner(privateKey, clock);
    const verifier = new ActorVerifier(publicKey);
    const actor = systemActor(randomUUID());
    const first = signer.sign(actor);
    now += 4_999;
    expect(signer.sign({ ...actor })).toBe(first);
    expect(signer.sign({ ...actor, permissions: ['a:b'] })).not.toBe(first);
    now += 1;
    const second = signer.sign(actor);
    expect(second).not.toBe(first);
    expect(verifier.verify(second, clock.now())).toMatchObject(actor);
    expect(verifier.verify(first, new Date(now + 26_000))).toBeNull();
  });
});

describe('a worker that acts for somebody', () => {
  const shows = { authorization: ['Delegation abc.def'], apiKey: [] };

  it('is who it acts for, with their address, and is asked about each time', async () => {
    const { authenticator, asked, state, poll } = await identity();
    await poll();
    const { actor, proof, validUntil } = await authenticator.authenticate(shows, HERE);
    expect([actor, proof?.kind, validUntil]).toEqual([
      { kind: 'user', sub: USER, apiKey: null, tenant: TENANT, session: null, permissions: ['a:b'], epoch: 0, ip: '192.0.2.9', userAgent: 'theirs' }, 'delegation', new Date(now + 60_000)]);
    state.delegation = { ok: false, reason: 'revoked' };
    await expect(authenticator.authenticate(shows, HERE)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED', reason: 'revoked' } });
    expect(asked.delegations).toEqual(['abc.def', 'abc.def']);
  });

  it('is nobody with a second credential, or when identity is away', async () => {
    const { authenticator, state } = await identity();
    await expect(authenticator.authenticate({ ...shows, apiKey: ['other'] }, HERE)).rejects.toMatchObject({ extensions: { reason: 'ambiguous' } });
    state.away = true;
    await expect(authenticator.authenticate(shows, HERE)).rejects.toMatchObject({ extensions: { code: 'INTERNAL' } });
  });
});
