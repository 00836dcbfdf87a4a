// Access tokens over time: keys that rotate, sessions that are asked again after a second, signatures that are reused.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { randomUUID } from 'node:crypto';
import { ActorVerifier, generateActorKeys, systemActor } from '../subgraphs/kernel/base/actor.js';
import type { Authentication } from '../subgraphs/kernel/base/subgraph-port.js';
import { ActorSigner, Authenticator } from './actor.js';

const HERE = { ip: '127.0.0.1', userAgent: null };
let now: number;
const clock = { now: () => new Date(now) };
beforeEach(() => { now = Date.UTC(2026, 0, 1); });

/** Identity as the gateway sees it, with two signing keys of which one is published at first. */
async function identity() {
  const keys = await Promise.all(['one', 'two'].map(async (kid) => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' } };
  }));
  const published = new Set(['one']);
  const asked = { keys: 0, sessions: 0 };
  let answer: Authentication = {
    ok: true, sub: randomUUID(), tenant: null, session: randomUUID(), permissions: [], epoch: 1,
    expiresAt: new Date(now + 86_400_000).toISOString(), validUntil: null,
  };
  const authenticator = new Authenticator({
    session: async () => {
      asked.sessions += 1;
      return answer;
    },
    apiKey: async () => ({ ok: false, reason: 'invalid' }),
    changes: async () => ({ cursor: '', changes: null }),
    jwks: async () => {
      asked.keys += 1;
      return { keys: keys.filter(({ kid }) => published.has(kid)).map(({ jwk }) => jwk) };
    },
  }, clock);
  const token = (kid: string, sid = 'a'): Promise<string> => new SignJWT({ sid })
    .setProtectedHeader({ alg: 'EdDSA', kid }).setIssuer('switchboard').setAudience('switchboard')
    .setExpirationTime(now / 1000 + 3_600).sign(keys.find((key) => key.kid === kid)?.privateKey as CryptoKey);
  const call = async (kid: string, sid = 'a') => authenticator.authenticate(`Bearer ${await token(kid, sid)}`, HERE);
  return { call, asked, published, revoke: () => { answer = { ok: false, reason: 'revoked' }; } };
}

const refusal = (reason: string) => ({ extensions: { code: 'UNAUTHENTICATED', reason } });

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

describe('a session', () => {
  it('is asked once for calls of one second, and a revocation shows after it', async () => {
    const { call, asked, revoke } = await identity();
    await Promise.all(Array.from({ length: 10 }, () => call('one')));
    expect(asked.sessions).toBe(1);
    revoke();
    now += 999;
    await call('one');
    now += 1;
    await expect(call('one')).rejects.toMatchObject(refusal('revoked'));
    expect(asked.sessions).toBe(2);
  });

  it('is one of many: another is asked on its own', async () => {
    const { call, asked } = await identity();
    await Promise.all([call('one', 'a'), call('one', 'b')]);
    expect(asked.sessions).toBe(2);
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
