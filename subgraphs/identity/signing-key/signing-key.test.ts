// Rotation of signing keys: published before they sign, verifying until the last token has ended, every process agreeing.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { ACTOR_HEADER, CORRELATION_HEADER, anonymous, signActor } from '../../kernel/base/actor.js';
import { LOGIN, PASSWORD, TestIdentity, type Tokens } from '../../../test/kit/identity.js';
import { authenticatePort } from '../public.js';
import { ACTIVATION_MS, REREAD_MS, VERIFYING_MS, stateAt, verifiesUntil } from './signing-key.life.js';
import { SigningKeyRefusal, type SigningKeyRotation } from './signing-key.rotation.js';

let identity: TestIdentity;
let rotation: SigningKeyRotation;
beforeAll(async () => {
  identity = await TestIdentity.boot();
  rotation = identity.subject.running.services.keyRotation;
});
beforeEach(async () => {
  await identity.rows('delete from identity.signing_key');
  await identity.rows('delete from identity.platform_audit_staging');
  identity.advance(REREAD_MS);
});
afterAll(() => identity.close());

const kidOf = ({ accessToken }: Tokens): string => decodeProtectedHeader(accessToken).kid ?? '';
const published = async (port = identity.port) => (await port.jwks()).keys.map(({ kid }) => kid);
const states = async () => Object.fromEntries((await rotation.list()).map(({ kid, state }) => [kid, state]));
const signIn = () => identity.signIn('owner@demo.test');

describe('a rotation', () => {
  it('publishes the new key first, lets it sign later, and keeps the old one while its tokens live', async () => {
    const before = await signIn();
    const old = kidOf(before);
    const { kid, activatesAt } = await rotation.rotate(false);
    expect(activatesAt.getTime() - identity.now.getTime()).toBe(ACTIVATION_MS);
    expect(await states()).toEqual({ [kid]: 'PUBLISHED', [old]: 'SIGNING' });
    identity.advance(REREAD_MS);
    expect(await published()).toEqual([kid, old]);
    expect(kidOf(await signIn())).toBe(old);

    identity.advance(ACTIVATION_MS - REREAD_MS - 1);
    const last = await signIn();
    expect(kidOf(last)).toBe(old);
    identity.advance(1);
    expect(kidOf(await signIn())).toBe(kid);
    expect(await states()).toEqual({ [kid]: 'SIGNING', [old]: 'VERIFYING' });
    expect(await identity.sessionOf(last.accessToken)).toBeTruthy();

    await expect(rotation.retire(old, false)).rejects.toThrow(SigningKeyRefusal);
    identity.advance(VERIFYING_MS);
    await rotation.retire(old, false);
    identity.advance(REREAD_MS);
    expect(await published()).toEqual([kid]);
    expect(await states()).toEqual({ [kid]: 'SIGNING', [old]: 'RETIRED' });
    expect((await identity.audit('signing_key.create')).map(({ event }) => event.resource?.id)).toEqual([old, kid]);
    expect(await identity.audit('signing_key.retire')).toMatchObject([{
      tenant: null, event: { type: 'SECURITY', resource: { type: 'SigningKey', id: old }, before: { state: 'VERIFYING' } },
    }]);
  });

  it('is heard of by another process within a minute, without a restart', async () => {
    await signIn();
    const sibling = await identity.sibling();
    try {
      const there = async (): Promise<string> => {
        const headers = { [ACTOR_HEADER]: signActor(anonymous('127.0.0.1', 'test'), identity.subject.keys.privateKey, identity.now), [CORRELATION_HEADER]: 'x' };
        const { data } = await sibling.port.execute({ query: LOGIN, variables: { input: { email: 'owner@demo.test', password: PASSWORD } }, headers });
        return kidOf((data?.['login'] as { session: Tokens }).session);
      };
      const old = await there();
      const { kid } = await rotation.rotate(false);
      expect(await published(authenticatePort(sibling.services))).toEqual([old]);
      identity.advance(REREAD_MS);
      expect(await published(authenticatePort(sibling.services))).toEqual([kid, old]);
      identity.advance(ACTIVATION_MS);
      expect([await there(), kidOf(await signIn())]).toEqual([kid, kid]);
    } finally {
      await sibling.close();
    }
  });

  it('after a theft happens at once, and ends the tokens of the stolen key', async () => {
    const stolen = kidOf(await signIn());
    const { kid } = await rotation.rotate(true);
    await rotation.retire(stolen, true);
    identity.advance(REREAD_MS);
    expect(await published()).toEqual([kid]);
    expect(kidOf(await signIn())).toBe(kid);
  });
});

describe('refused, and nothing written', () => {
  it.each<[string, (kid: string) => Promise<unknown>, RegExp]>([
    ['retiring the key that signs', (kid) => rotation.retire(kid, true), /signs: rotate first/],
    ['retiring an unknown key', () => rotation.retire('00000000-0000-7000-8000-00000000dead', true), /There is no key/],
    ['a second rotation while one waits', async () => {
      await rotation.rotate(false);
      return rotation.rotate(false);
    }, /is published already/],
  ])('%s', async (_, wish, sentence) => {
    const kid = kidOf(await signIn());
    await expect(wish(kid)).rejects.toThrow(sentence);
    expect(await identity.audit('signing_key.retire')).toEqual([]);
    expect((await states())[kid]).toBe('SIGNING');
  });

  it('one of two rotations at once', async () => {
    await signIn();
    const outcomes = await Promise.allSettled([rotation.rotate(false), rotation.rotate(false)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await rotation.list()).toHaveLength(2);
  });
});

it('keeps private halves sealed', async () => {
  await signIn();
  await rotation.rotate(true);
  const rows = await identity.rows<{ key: Buffer; jwk: Record<string, unknown> }>('select private_jwk as key, public_jwk as jwk from identity.signing_key');
  expect(rows).toHaveLength(2);
  for (const { key, jwk } of rows) {
    expect(key.includes('"d"')).toBe(false);
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  }
});

it('a key without a successor verifies for as long as it is there', () => {
  const key = { kid: 'a', createdAt: new Date(0), activatesAt: new Date(0), retiredAt: null };
  expect(verifiesUntil(key, [key])).toBeNull();
  expect(stateAt(key, [key], new Date(1))).toBe('SIGNING');
});
