// Attacks on access tokens, one by one, through HTTP: each is refused, nothing runs, nobody is asked. RFC 8725 names most.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK } from 'jose';
import { KeyObject, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../test/kit/until.js';
import type { Gateway } from './server.js';
import { startWorld } from './two-subgraphs.fixture.js';
import type { Response, World } from './world.fixture.js';

type Json = Record<string, unknown>;
type Signer = (input: string) => Buffer;

let world: World;
let gateway: Gateway;
/** Of a session that lives. */
let session: string;
let ours: KeyObject;
let published: KeyObject;
/** Where an attacker would have the gateway fetch keys. */
let lure: { url: string; visits: number; close: () => void };

const theirs = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwkOf = (key: KeyObject): Json => ({ ...key.export({ format: 'jwk' }), kid: 'one' });

beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway();
  ({ session } = await world.signIn());
  const keys = await world.signingKeys;
  [ours, published] = [KeyObject.from(keys.privateKey), KeyObject.from(keys.publicKey)];
  const server = createServer((_request, response) => {
    lure.visits += 1;
    response.end(JSON.stringify({ keys: [jwkOf(theirs.publicKey)] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  lure = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`, visits: 0, close: () => server.close() };
});
afterAll(async () => {
  lure.close();
  await world.stop();
});

const now = (): number => Math.floor(Date.now() / 1000);
const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const by = (key: KeyObject): Signer => (input) => sign(null, Buffer.from(input), key);
const by256 = (key: KeyObject): Signer => (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const hmac = (secret: Buffer | string): Signer => (input) => createHmac('sha256', secret).update(input).digest();

interface Forgery {
  header?: Json;
  claims?: Json;
  signer?: Signer;
  signature?: string;
}

/** A good token but for what is given; `undefined` leaves out. */
function token({ header = {}, claims = {}, signer = by(ours), signature }: Forgery = {}): string {
  const input = [
    part({ alg: 'EdDSA', kid: 'one', typ: 'JWT', ...header }),
    part({ iss: 'switchboard', aud: 'switchboard', sid: session, iat: now(), exp: now() + 600, ...claims }),
  ].join('.');
  return `${input}.${signature ?? signer(input).toString('base64url')}`;
}

async function ask(headers: Record<string, string | string[]>): Promise<{ status: number; challenge: string | undefined; body: Response }> {
  const call = request(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
  call.end(JSON.stringify({ query: '{ caller { kind } }' }));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const body = JSON.parse(Buffer.concat(await response.toArray()).toString()) as Response;
  return { status: response.statusCode ?? 0, challenge: response.headers['www-authenticate'], body };
}
const bearing = (text: string) => ask({ authorization: `Bearer ${text}` });

/** The same signature in another text: the last character of 64 bytes carries bits that say nothing. */
function otherText(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${text.slice(0, -1)}${alphabet[alphabet.indexOf(text.at(-1) ?? '') ^ 1] ?? ''}`;
}

const ATTACKS: [string, () => string, string?][] = [
  // Another algorithm than the one tokens are signed with.
  ['alg none, no signature', () => token({ header: { alg: 'none' }, signature: '' })],
  ['alg None, any signature', () => token({ header: { alg: 'None' }, signature: part('x') })],
  ['alg nOnE with the good signature', () => token({ header: { alg: 'nOnE' } })],
  ['alg absent', () => token({ header: { alg: undefined } })],
  ['alg a list', () => token({ header: { alg: ['EdDSA'] } })],
  ['HS256 keyed with the public key in PEM', () => token({ header: { alg: 'HS256' }, signer: hmac(published.export({ format: 'pem', type: 'spki' }).toString()) })],
  ['HS256 keyed with the public key in DER', () => token({ header: { alg: 'HS256' }, signer: hmac(published.export({ format: 'der', type: 'spki' })) })],
  ['HS256 keyed with the raw public key', () => token({ header: { alg: 'HS256' }, signer: hmac(Buffer.from(published.export({ format: 'jwk' }).x ?? '', 'base64url')) })],
  ['HS256 keyed with nothing', () => token({ header: { alg: 'HS256' }, signer: hmac('') })],
  ['RS256 of the attacker', () => token({ header: { alg: 'RS256' }, signer: by256(rsa.privateKey) })],
  ['ES256 of the attacker', () => token({ header: { alg: 'ES256' }, signer: by256(ec.privateKey) })],
  ['RS256 over our own signature', () => token({ header: { alg: 'RS256' } })],
  // A key of the attacker's choice.
  ['signed with another key under our kid', () => token({ signer: by(theirs.privateKey) })],
  ['a kid that is not published', () => token({ header: { kid: 'two' } })],
  ['no kid', () => token({ header: { kid: undefined } })],
  ['a kid that is a path', () => token({ header: { kid: '../../../../dev/null' }, signer: hmac('') })],
  ['a kid that is SQL', () => token({ header: { kid: "x' union select 'key" }, signer: by(theirs.privateKey) })],
  ['a kid that is no text', () => token({ header: { kid: ['one'] } })],
  ['a kid every object has', () => token({ header: { kid: '__proto__' } })],
  ['jku of the attacker', () => token({ header: { jku: lure.url }, signer: by(theirs.privateKey) })],
  ['jku on an otherwise good token', () => token({ header: { jku: lure.url } })],
  ['x5u of the attacker', () => token({ header: { x5u: lure.url }, signer: by(theirs.privateKey) })],
  ['x5c of the attacker', () => token({ header: { x5c: [part('certificate')] }, signer: by(theirs.privateKey) })],
  ['a key in the header', () => token({ header: { jwk: jwkOf(theirs.publicKey) }, signer: by(theirs.privateKey) })],
  ['a key in the header of an otherwise good token', () => token({ header: { jwk: jwkOf(theirs.publicKey) } })],
  // Extensions that must be understood, and that nobody here understands.
  ['crit names what is unknown', () => token({ header: { crit: ['urgent'], urgent: true } })],
  ['crit names b64', () => token({ header: { crit: ['b64'], b64: false } })],
  ['crit is empty', () => token({ header: { crit: [] } })],
  ['compressed', () => token({ header: { zip: 'DEF' } })],
  ['another typ', () => token({ header: { typ: 'at+jwt' } })],
  ['no typ', () => token({ header: { typ: undefined } })],
  ['a token in a token', () => token({ header: { cty: 'JWT' } })],
  // Time.
  ['expired', () => token({ claims: { iat: now() - 700, exp: now() - 1 } }), 'expired'],
  ['exp of now', () => token({ claims: { exp: now() } }), 'expired'],
  ['no exp', () => token({ claims: { exp: undefined } })],
  ['exp that is text', () => token({ claims: { exp: String(now() + 600) } })],
  ['exp beyond numbers', () => token({ claims: { exp: null } })],
  ['exp far beyond what is issued', () => token({ claims: { exp: now() + 86_400 } })],
  ['nbf in the future', () => token({ claims: { nbf: now() + 300 } })],
  ['iat in the future', () => token({ claims: { iat: now() + 300, exp: now() + 600 } })],
  ['no iat', () => token({ claims: { iat: undefined } })],
  ['iat that is text', () => token({ claims: { iat: 'now' } })],
  // For somebody else, from somebody else.
  ['another audience', () => token({ claims: { aud: 'other' } })],
  ['no audience', () => token({ claims: { aud: undefined } })],
  ['an audience that only starts like ours', () => token({ claims: { aud: 'switchboard.example' } })],
  ['another issuer', () => token({ claims: { iss: 'other' } })],
  ['no issuer', () => token({ claims: { iss: undefined } })],
  ['no session', () => token({ claims: { sid: undefined } })],
  ['a session that is no text', () => token({ claims: { sid: { $ne: null } } })],
  // Changed on the way.
  ['another payload under the signature', () => {
    const [header, , signature] = token().split('.');
    return [header, token({ claims: { sid: 'other' } }).split('.')[1], signature].join('.');
  }],
  ['a header changed under the signature', () => {
    const [, payload, signature] = token().split('.');
    return [part({ typ: 'JWT', alg: 'EdDSA', kid: 'one' }), payload, signature].join('.');
  }],
  ['no signature', () => token({ signature: '' })],
  ['no third part', () => token().split('.').slice(0, 2).join('.')],
  ['a fourth part', () => `${token()}.x`],
  ['an encrypted token\'s five parts', () => `${token()}.x.y`],
  ['a signature cut short', () => token().slice(0, -4)],
  ['a signature of nothing but zeros', () => token({ signature: Buffer.alloc(64).toString('base64url') })],
  ['a signature with more behind it', () => `${token()}AAAA`],
  ['a signature whose unused bits are set', () => otherText(token())],
  ['base64 with padding', () => `${token()}==`],
  ['base64 of the other alphabet', () => token({ signer: () => Buffer.alloc(64, 0xff) }).replaceAll('_', '/')],
  ['a header that is no JSON', () => `${part('{')}.${token().split('.').slice(1).join('.')}`],
  ['a header that is a list', () => `${part([])}.${token().split('.').slice(1).join('.')}`],
  ['a payload that is no object', () => {
    const input = `${part({ alg: 'EdDSA', kid: 'one', typ: 'JWT' })}.${part('"text"')}`;
    return `${input}.${by(ours)(input).toString('base64url')}`;
  }],
  ['a good token that is oversized', () => token({ claims: { more: 'x'.repeat(6_000) } })],
  ['nothing but dots', () => '..'],
];

describe('a token', () => {
  it('that is good is taken, once the table proves nothing else', async () => {
    expect((await bearing(token())).body).toEqual({ data: { caller: { kind: 'user' } } });
    expect((await bearing(token({ claims: { nbf: now() - 1, more: 'x' } }))).body).toEqual({ data: { caller: { kind: 'user' } } });
  });

  it.each(ATTACKS)('is refused: %s', async (_name, forge, reason = 'invalid') => {
    const [fetches, checks, forged] = [world.fetches.length, world.sessionChecks, forge()];
    const { status, challenge, body } = await bearing(forged);
    expect([status, body.data, body.errors?.[0]?.extensions]).toEqual([401, undefined, { code: 'UNAUTHENTICATED', reason }]);
    expect(challenge).toBe('Bearer error="invalid_token"');
    expect([world.fetches.length, world.sessionChecks, lure.visits]).toEqual([fetches, checks, 0]);
  });

  it('is in no log, refused or taken', async () => {
    const [good, forged] = [token(), token({ signer: by(theirs.privateKey) })];
    const logged = world.logged.length;
    expect([(await bearing(good)).status, (await bearing(forged)).status]).toEqual([200, 401]);
    await until(async () => world.logged.length > logged + 1, 'both are logged');
    for (const secret of [good, forged].flatMap((text) => text.split('.').slice(1))) expect(world.logged.join('')).not.toContain(secret);
  });

  it('is refused beside a second one, and in any other scheme', async () => {
    const good = `Bearer ${token()}`;
    for (const authorization of [[good, good], [good, 'Basic YTpi'], [`Bearer ${token({ signature: '' })}`, good]]) {
      expect((await ask({ authorization })).status).toBe(401);
    }
    for (const authorization of [token(), `Basic ${token()}`, `${good}, ${good}`, `${good} ${token()}`, 'Bearer', `Bearer\t${token()}`]) {
      expect([authorization, (await ask({ authorization })).status]).toEqual([authorization, 401]);
    }
    expect((await ask({ authorization: good })).status).toBe(200);
  });

  it('is refused for a key that is published for another algorithm', async () => {
    const [one, wrong] = [{ ...(await exportJWK((await world.signingKeys).publicKey)), kid: 'one', alg: 'EdDSA' }, { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa' }];
    const mixed = await world.gateway({ authenticate: { ...world.authenticate, jwks: async () => ({ keys: [one, wrong] }) } });
    const status = async (text: string): Promise<number> =>
      (await fetch(`${mixed.url}/graphql`, {
        method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${text}` }, body: '{"query":"{ caller { kind } }"}',
      })).status;
    expect(await status(token({ header: { alg: 'RS256', kid: 'rsa' }, signer: by256(rsa.privateKey) }))).toBe(401);
    expect(await status(token({ header: { kid: 'rsa' }, signer: by256(rsa.privateKey) }))).toBe(401);
    expect(await status(token())).toBe(200);
  });
});
