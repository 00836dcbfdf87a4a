// What the WhatsApp channel verifies, classifies and sends, held against Meta's documentation and published vectors.
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { call, providersAt } from '../../../test/kit/channels.js';
import { whatsappChannel } from './whatsapp.channel.js';
import { META_GRAPH_URL } from './meta.graph.js';

const INBOX = '200100200100';
const credentials = {
  appSecret: 'app-secret', verifyToken: 'verify-me', accessToken: 'EAA-secret-token', externalId: INBOX,
};

describe('verifySubscription', () => {
  const verify = (query: string, verifyToken = 'verify-me') =>
    whatsappChannel.open({ ...credentials, verifyToken }).verifySubscription(new URLSearchParams(query));

  it.each([
    ['the right token', 'hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=1158201444', 'verify-me', '1158201444'],
    ['a wrong token', 'hub.mode=subscribe&hub.verify_token=verify-mf&hub.challenge=1', 'verify-me', null],
    ['a longer token', 'hub.mode=subscribe&hub.verify_token=verify-me-too&hub.challenge=1', 'verify-me', null],
    ['no token', 'hub.mode=subscribe&hub.challenge=1', 'verify-me', null],
    ['an inbox without a token', 'hub.mode=subscribe&hub.verify_token=&hub.challenge=1', '', null],
    ['another mode', 'hub.mode=unsubscribe&hub.verify_token=verify-me&hub.challenge=1', 'verify-me', null],
    ['no challenge', 'hub.mode=subscribe&hub.verify_token=verify-me', 'verify-me', null],
  ])('with %s', (_name, query, token, answer) => {
    expect(verify(query, token)).toBe(answer);
  });
});

describe('verifySignature', () => {
  const verify = (body: string, header: string | undefined, appSecret: string) =>
    whatsappChannel.open({ ...credentials, appSecret }).verify(call({ headers: { 'x-hub-signature-256': header }, body: Buffer.from(body) }));
  // RFC 4231, test case 2; and the example of GitHub's webhook documentation, which signs the same way as Meta.
  const vectors: [string, string, string][] = [
    ['Jefe', 'what do ya want for nothing?', 'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ["It's a Secret to Everybody", 'Hello, World!', 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'],
  ];

  it.each(vectors)('accepts the published vector of key %j', (secret, body, header) => {
    expect(verify(body, header, secret)).toBe(true);
    expect(verify(`${body} `, header, secret)).toBe(false);
    expect(verify(body, header, `${secret}x`)).toBe(false);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['without its prefix', vectors[0]?.[2].slice(7)],
    ['of SHA-1', `sha1=${'0'.repeat(40)}`],
    ['in upper case', vectors[0]?.[2].replace(/[a-f]/g, (digit) => digit.toUpperCase())],
    ['too short', vectors[0]?.[2].slice(0, -2)],
    ['too long', `${vectors[0]?.[2]}00`],
    ['given twice', `${vectors[0]?.[2]}, ${vectors[0]?.[2]}`],
  ])('refuses a header that is %s', (_name, header) => {
    expect(verify('what do ya want for nothing?', header, 'Jefe')).toBe(false);
  });

  it('refuses everything when the inbox has no app secret', () => {
    expect(verify('x', `sha256=${createHmac('sha256', '').update('x').digest('hex')}`, '')).toBe(false);
  });

  it('signs raw bytes, not what they decode to', () => {
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    const header = `sha256=${createHmac('sha256', 'app-secret').update(bytes).digest('hex')}`;
    expect(whatsappChannel.open(credentials).verify(call({ headers: { 'x-hub-signature-256': header }, body: bytes }))).toBe(true);
  });
});

it('has no id for a whole delivery', () => {
  expect(whatsappChannel.open(credentials).envelopeId({ object: 'whatsapp_business_account', entry: [{ id: 'waba', changes: [] }] }, call({}))).toBeNull();
});

describe('classify', () => {
  const graph = (code: unknown, more: object = {}) => ({
    error: { message: `(#${String(code)}) Reason`, type: 'OAuthException', code, ...more },
  });
  it.each([
    ...[4, 17, 32, 613, 80007, 130429, 131016, 131056].map((code) => [code, 'retry'] as const),
    ...[130472, 131049].map((code) => [code, 'later'] as const),
    ...[132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 100, 131026].map((code) => [code, 'permanent'] as const),
    ...[0, 104, 190].map((code) => [code, 'reauthorise'] as const),
    [131050, 'opt-out'] as const,
    [131047, 'window'] as const,
  ])('Graph error %i means %s', (code, name) => {
    expect(whatsappChannel.classify(400, graph(code, { error_data: { details: 'More' } }))).toEqual({
      kind: 'refused', class: name, code: String(code), message: `(#${code}) Reason: More`,
    });
  });

  it.each<[string, number, unknown, object]>([
    ['200 with an id', 200, { messages: [{ id: 'wamid.Z' }] }, { kind: 'accepted', externalId: 'wamid.Z' }],
    ['200 without messages', 200, { messages: [] }, { kind: 'unclear' }],
    ['200 without an id', 200, { messages: [{}] }, { kind: 'unclear' }],
    ['200 that is no JSON', 200, null, { kind: 'unclear' }],
    ['302', 302, null, { kind: 'unclear' }],
    ['500 without a Graph error', 500, null, { kind: 'unclear' }],
    ['500 with an unknown cause', 500, graph(131000), { kind: 'unclear' }],
    ['503 that says it is unavailable', 503, graph(131016), { kind: 'refused', class: 'retry', code: '131016' }],
    ['500 with an id all the same', 500, { messages: [{ id: 'wamid.Z' }] }, { kind: 'unclear' }],
    ['408', 408, null, { kind: 'unclear' }],
    ['404 without a Graph error', 404, 'Not found', { kind: 'refused', class: 'permanent', code: 'http-404' }],
    ['429 without a Graph error', 429, null, { kind: 'refused', class: 'retry', code: 'http-429' }],
    ['400 that calls itself transient', 400, graph(99, { is_transient: true }), { kind: 'refused', class: 'retry', code: '99' }],
    ['a code as text', 400, graph('131047'), { kind: 'refused', class: 'window', code: '131047' }],
    ['an empty code', 400, graph(''), { kind: 'refused', class: 'permanent', code: 'http-400' }],
  ])('%s', (_name, code, body, outcome) => {
    expect(whatsappChannel.classify(code, body)).toMatchObject(outcome);
  });
});

describe('send', () => {
  let server: Server | undefined;
  const listen = async (listener: (...call: Parameters<RequestListener>) => void | Promise<void>): Promise<string> => {
    const started = createServer((request, response) => void listener(request, response));
    server = started;
    await new Promise<void>((ready) => started.listen(0, '127.0.0.1', ready));
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  };
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((closed) => (server === undefined ? closed(null) : server.close(closed)));
    server = undefined;
  });
  interface Options { text?: string; accessToken?: string; signal?: AbortSignal; fetch?: typeof fetch }
  const send = (baseUrl: string, options: Options = {}) =>
    whatsappChannel.open({ ...credentials, accessToken: options.accessToken ?? credentials.accessToken }).send(
      { to: '393331234567', said: { type: 'TEXT', text: options.text ?? 'Ciao', content: null }, files: [], replyTo: null, clientReference: 'msg_9' },
      { providers: providersAt(baseUrl), fetch: options.fetch, signal: options.signal ?? AbortSignal.timeout(10_000) },
    );

  it('posts what the Cloud API documents', async () => {
    const seen: unknown[] = [];
    const url = await listen(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push(request.method, request.url, request.headers.authorization, request.headers['content-type'], JSON.parse(body));
      response.end(JSON.stringify({ messages: [{ id: 'wamid.OUT' }] }));
    });
    expect(await send(url, { text: 'Alle 8 👋 \ud800' })).toEqual({ kind: 'accepted', externalId: 'wamid.OUT' });
    expect(seen).toEqual(['POST', `/v23.0/${INBOX}/messages`, 'Bearer EAA-secret-token', 'application/json', {
      messaging_product: 'whatsapp', recipient_type: 'individual', to: '393331234567', type: 'text',
      text: { preview_url: false, body: 'Alle 8 👋 \uFFFD' }, biz_opaque_callback_data: 'msg_9',
    }]);
    expect(META_GRAPH_URL).toBe('https://graph.facebook.com');
  });

  it('does not follow a redirect with the token', async () => {
    const paths: unknown[] = [];
    const url = await listen((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await send(url)).toMatchObject({ kind: 'unclear' });
    expect(paths).toEqual([`/v23.0/${INBOX}/messages`]);
  });

  it.each<[string, RequestListener]>([
    ['closes the connection', (request) => void request.socket.destroy()],
    ['resets the connection', (request) => void request.socket.resetAndDestroy()],
    ['stops in the middle of its answer', (request, response) => {
      response.writeHead(200, { 'content-length': '500' }).write('{"messages":[{"id":"wamid', () => request.socket.destroy());
    }],
    ['answers something that is no JSON', (_request, response) => void response.end('<html>')],
    ['answers more than 1 MiB', (_request, response) => {
      response.end(JSON.stringify({ messages: [{ id: 'wamid.BIG' }], padding: 'x'.repeat(1024 * 1024) }));
    }],
  ])('is unclear when the provider %s', async (_name, listener) => {
    expect(await send(await listen(listener))).toMatchObject({ kind: 'unclear', message: expect.stringMatching(/\w/) });
  });

  it('is refused for a retry when nothing was sent', async () => {
    const url = await listen((_request, response) => void response.end());
    await new Promise((closed) => server?.close(closed));
    server = undefined;
    const retry = { kind: 'refused', class: 'retry' };
    expect(await send(url)).toMatchObject({ ...retry, code: 'ECONNREFUSED' });
    expect(await send(url.replace('127.0.0.1', 'localhost'))).toMatchObject({ ...retry, code: 'ECONNREFUSED' });
    expect(await send(META_GRAPH_URL, { signal: AbortSignal.abort() })).toMatchObject({ ...retry, code: 'aborted' });
  });

  const connect = { syscall: 'connect' };
  it.each<[string, object, 'refused' | 'unclear']>([
    ['ENOTFOUND', { syscall: 'getaddrinfo' }, 'refused'],
    ['EAI_AGAIN', { syscall: 'getaddrinfo' }, 'refused'],
    ['UND_ERR_CONNECT_TIMEOUT', {}, 'refused'],
    ['EHOSTUNREACH', connect, 'refused'],
    ['ETIMEDOUT', { errors: [{ ...connect, code: 'ETIMEDOUT' }, { ...connect, code: 'ENETUNREACH' }] }, 'refused'],
    ['ETIMEDOUT', { errors: [{ ...connect, code: 'ETIMEDOUT' }, { code: 'ECONNRESET' }] }, 'unclear'],
    ['ETIMEDOUT', { syscall: 'read' }, 'unclear'],
    ['ECONNRESET', { syscall: 'read' }, 'unclear'],
    ['EPIPE', { syscall: 'write' }, 'unclear'],
    ['UND_ERR_HEADERS_TIMEOUT', {}, 'unclear'],
    ['UND_ERR_SOCKET', {}, 'unclear'],
  ])('takes fetch failing with %s %j as %s', async (code, details, kind) => {
    const cause = Object.assign(new Error(`it was ${code}`), { code }, details);
    const failing = () => Promise.reject(new TypeError('fetch failed', { cause }));
    const outcome = await send(META_GRAPH_URL, { fetch: failing });
    const expected = kind === 'refused' ? { kind, class: 'retry', code } : { kind };
    expect(outcome).toMatchObject({ ...expected, message: expect.stringContaining(`it was ${code}`) });
  });

  it.each(['', 'line\nbreak', 'tökén'])('asks for a new token when it is %j', async (accessToken) => {
    const outcome = await send(META_GRAPH_URL, { accessToken });
    expect(outcome).toMatchObject({ kind: 'refused', class: 'reauthorise', code: 'invalid-token' });
  });
});
