// Signed actors: only what the gateway signed, unaltered and in its half minute, is believed.
import { describe, expect, it } from '@jest/globals';
import { sign } from 'node:crypto';
import { actorKeysFromPem, ActorVerifier, anonymous, generateActorKeys, signActor, systemActor, type Actor } from './actor.js';
import { newId } from './ids.js';

const NOW = new Date('2026-11-21T09:00:00.400Z');
const keys = generateActorKeys();
const actor: Actor = { kind: 'user', sub: newId(), apiKey: null, tenant: newId(), session: newId(), permissions: ['a:b'], epoch: 3, ip: '::1', userAgent: 'é"\n' };
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const verify = (token: string | undefined, now = NOW): Actor | null => new ActorVerifier(keys.publicKey).verify(token, now);
const claimsOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
const signed = (body: string): string => `${body}.${sign(null, Buffer.from(body), keys.privateKey).toString('base64url')}`;
const encode = (claims: unknown): string => Buffer.from(JSON.stringify(claims)).toString('base64url');

describe('a signed actor', () => {
  it.each([['a person', actor], ['nobody', anonymous(null, null)], ['a job', systemActor(newId())]])('comes back: %s', (_, one) => {
    expect(verify(signActor(one, keys.privateKey, NOW))).toMatchObject(one);
  });

  it('holds for 30 seconds, also when it was seen before', () => {
    const token = signActor(actor, keys.privateKey, NOW);
    const verifier = new ActorVerifier(keys.publicKey);
    expect([0, 29, 31].map((seconds) => verifier.verify(token, later(seconds)) !== null)).toEqual([true, true, false]);
    expect(verify(token, later(31))).toBeNull();
  });

  const token = signActor(actor, keys.privateKey, NOW);
  const [body = '', signature = ''] = token.split('.');
  const other = generateActorKeys();
  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['signed by another key', signActor(actor, other.privateKey, NOW)],
    ['altered', `${encode({ ...claimsOf(token), permissions: ['*'] })}.${signature}`],
    ['unsigned', body],
    ['with an empty signature', `${body}.`],
    ['with a short signature', `${body}.${signature.slice(0, 20)}`],
    ['in three parts', `${token}.x`],
    ['for another audience', signed(encode({ ...claimsOf(token), aud: 'gateway' }))],
    ['without an end', signed(encode({ ...claimsOf(token), exp: undefined }))],
    ['of no kind', signed(encode({ ...claimsOf(token), kind: 'root' }))],
    ['of a tenant that is no UUID', signed(encode({ ...claimsOf(token), tenant: `' or true --` }))],
  ])('is refused: %s', (_, text) => {
    expect(verify(token)).not.toBeNull();
    expect(verify(text)).toBeNull();
  });

  it('may be signed with a key read from PEM', () => {
    const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(verify(signActor(actor, actorKeysFromPem(pem).privateKey, NOW))).toMatchObject(actor);
  });
});
