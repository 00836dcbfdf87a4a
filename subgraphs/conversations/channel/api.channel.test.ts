// What is the API channel's own: its signatures and where it may post. What all channels share is in channel.contract.test.ts.
import { describe, expect, it } from '@jest/globals';
import { signStandardWebhook } from '../../../ops/standins/sign-webhook.js';
import { call, CLIENT_REFERENCE, outboundText, providersAt, RECEIVED_AT } from '../../../test/kit/channels.js';
import { publicFetch } from '../../kernel/base/public-address.js';
import { apiChannel } from './api.channel.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BEFORE = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const credentials = { secret: SECRET, callbackUrl: 'https://bob.example.com/callback' };

describe('a signature', () => {
  // Source: the reference vector of the libraries of github.com/standard-webhooks/standard-webhooks (MIT), and what must not hold of it.
  const right = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' };
  const wrong = 'v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';
  const body = '{"test": 2432232314}';
  it.each<[string, Record<string, string | undefined>, string, number, boolean]>([
    ['as published', {}, body, 0, true],
    ['among others', { 'webhook-signature': `${wrong} v2,${right['webhook-signature'].slice(3)} ${right['webhook-signature']} ${wrong}` }, body, 0, true],
    ['of another version only', { 'webhook-signature': `v2,${right['webhook-signature'].slice(3)}` }, body, 0, false],
    ['of something else', { 'webhook-signature': wrong }, body, 0, false],
    ['cut short', { 'webhook-signature': 'v1,g0hM9' }, body, 0, false],
    ['of nothing', { 'webhook-signature': 'v1,' }, body, 0, false],
    ['without a version', { 'webhook-signature': right['webhook-signature'].slice(3) }, body, 0, false],
    ['without an id', { 'webhook-id': undefined }, body, 0, false],
    ['without a time', { 'webhook-timestamp': undefined }, body, 0, false],
    ['without a signature', { 'webhook-signature': undefined }, body, 0, false],
    ['of a time that is none', { 'webhook-timestamp': 'hello' }, body, 0, false],
    ['of 299 seconds ago', {}, body, 299, true],
    ['of 301 seconds ago', {}, body, 301, false],
    ['of 301 seconds ahead', {}, body, -301, false],
    ['of another id', { 'webhook-id': 'msg_other' }, body, 0, false],
    ['of JSON written anew', {}, '{"test":2432232314}', 0, false],
    ['of one byte more', {}, `${body} `, 0, false],
  ])('%s', (_name, changed, bytes, seconds, valid) => {
    const given = call({ headers: { ...right, ...changed }, body: Buffer.from(bytes), receivedAt: new Date((1_614_265_330 + seconds) * 1000) });
    expect(apiChannel.open(credentials).verify(given)).toBe(valid);
    expect(apiChannel.open({ ...credentials, secret: SECRET.slice(6) }).verify(given)).toBe(valid);
  });

  it('holds by the secret before while there is one, and names the delivery', () => {
    const given = call({ headers: signStandardWebhook('evt_7', body, BEFORE, RECEIVED_AT), body: Buffer.from(body) });
    expect(apiChannel.open(credentials).verify(given)).toBe(false);
    const channel = apiChannel.open({ ...credentials, previousSecret: BEFORE });
    expect([channel.verify(given), channel.envelopeId({}, given)]).toEqual([true, 'evt_7']);
  });

  it.each(['', 'whsec_', 'whsec_short', 'whsec_!!!', `whsec_${Buffer.alloc(65).toString('base64')}`])('is made with no secret like %j', (secret) => {
    expect(() => apiChannel.open({ ...credentials, secret })).toThrow(/24 to 64 bytes/);
  });
});

it.each(['https://169.254.169.254/latest', 'https://127.0.0.1/x', 'http://files.example.com/x', 'nonsense', null])('a file at %s is not fetched', async (url) => {
  const options = { providers: providersAt('https://provider.example.com'), fetch: publicFetch(), signal: AbortSignal.timeout(5_000) };
  expect(await apiChannel.open(credentials).fetchMedia({ externalId: null, url, mimeType: null, fileName: null, sha256: null }, options)).toMatchObject({ kind: 'refused', again: false, reason: 'NOT_ALLOWED' });
});

describe('a message to the callback', () => {
  const sent = (own: object = {}, answer = Response.json({ id: 'own_1' })) => {
    const seen: { url: string; init: RequestInit }[] = [];
    const answering = async (url: unknown, init?: RequestInit) => { seen.push({ url: String(url), init: init ?? {} }); return answer; };
    const message = outboundText({ to: 'bob', replyTo: 'a0' });
    return apiChannel.open({ ...credentials, ...own }).send(message, { providers: providersAt(''), fetch: answering as typeof fetch, signal: AbortSignal.timeout(1_000) }).then((outcome) => ({ outcome, seen }));
  };

  it('is signed by each secret, under our own id of it', async () => {
    const { outcome, seen: [one] } = await sent({ previousSecret: BEFORE });
    expect(outcome).toEqual({ kind: 'accepted', externalId: 'own_1' });
    expect(JSON.parse(String(one?.init.body))).toEqual({ type: 'message', id: CLIENT_REFERENCE, to: 'bob', replyTo: 'a0', message: { type: 'TEXT', text: 'Ciao 👋', content: null }, files: [] });
    const headers = one?.init.headers as Record<string, string>;
    expect(headers['webhook-id']).toBe(CLIENT_REFERENCE);
    const given = call({ headers, body: Buffer.from(String(one?.init.body)), receivedAt: new Date(Number(headers['webhook-timestamp']) * 1000) });
    for (const secret of [SECRET, BEFORE]) expect(apiChannel.open({ ...credentials, secret }).verify(given)).toBe(true);
  });

  it.each<[number, unknown, object]>([
    [410, { error: 'Gone' }, { kind: 'refused', class: 'permanent', code: 'http-410', message: 'Gone' }], [429, {}, { kind: 'refused', class: 'retry' }], [503, {}, { kind: 'refused', class: 'retry' }],
    [401, {}, { kind: 'refused', class: 'reauthorise' }], [200, {}, { kind: 'unclear' }], [200, { id: 'x'.repeat(257) }, { kind: 'unclear' }], [500, { id: 'x' }, { kind: 'unclear' }],
  ])('that is answered %i %j is what it is', (status, body, outcome) => {
    expect(apiChannel.classify(status, body)).toMatchObject(outcome);
  });

  it.each([
    'http://bob.example.com/', 'https://127.0.0.1/', 'https://localhost:1/', 'http://127.0.0.1:1/', 'https://10.0.0.1/', 'https://169.254.169.254/latest', 'https://[::1]/', 'https://[fd00::1]/', 'https://database.internal/',
  ])('never leaves for %s', async (callbackUrl) => {
    const options = { providers: { ...providersAt(''), callbacksToLoopback: false }, signal: AbortSignal.timeout(5_000) };
    expect(await apiChannel.open({ ...credentials, callbackUrl }).send(outboundText(), options)).toMatchObject({ kind: 'refused', class: 'permanent' });
  });

  it.each(['https://u:p@bob.example.com/', 'ftp://bob.example.com/', 'bob', ''])('has no address like %j', (callbackUrl) => {
    expect(() => apiChannel.open({ ...credentials, callbackUrl })).toThrow();
  });

  it('leaves for this machine, and no other inside, where that is configured', async () => {
    const send = (callbackUrl: string) => apiChannel.open({ ...credentials, callbackUrl }).send(outboundText(), { providers: providersAt(''), signal: AbortSignal.timeout(5_000) });
    expect(await send('http://127.0.0.1:1/')).toMatchObject({ kind: 'refused', class: 'retry', code: 'ECONNREFUSED' });
    expect(await send('http://10.0.0.1/')).toMatchObject({ kind: 'refused', class: 'permanent', code: 'ADDRESS_REFUSED' });
  });
});
