// The Graph API stand-in, driven by plain requests and by the real WhatsApp channel.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { arrival, call, providersAt } from '../../test/kit/channels.js';
import { whatsappChannel } from '../../subgraphs/conversations/channel/whatsapp.channel.js';
import { startMetaGraphStandIn } from './meta-graph.js';
import type { MetaGraphStandIn, ScriptedAnswer, SentMessage } from './meta-graph.js';
import { signMetaBody, whatsappStatusDelivery, whatsappTextDelivery } from './sign-webhook.js';

const credentials = { appSecret: 'shh', verifyToken: 'token', accessToken: 'EAAtoken', externalId: '106540352242922' };
const message = { messaging_product: 'whatsapp', to: '+1 555-000-9999', type: 'text', text: { body: 'Buon giorno' } };
let standIn: MetaGraphStandIn;

beforeAll(async () => {
  standIn = await startMetaGraphStandIn();
});
afterAll(() => standIn.close());
beforeEach(async () => {
  await fetch(`${standIn.url}/_sent`, { method: 'DELETE' });
  await script([]);
});

const script = (answers: unknown) => fetch(`${standIn.url}/_next`, { method: 'PUT', body: JSON.stringify(answers) });
const sent = async () => (await (await fetch(`${standIn.url}/_sent`)).json()) as SentMessage[];
const post = (body: unknown, headers: Record<string, string> = { authorization: 'Bearer EAAtoken' }) =>
  fetch(`${standIn.url}/v23.0/106540352242922/messages`, {
    method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const text = { to: '15550009999', said: { type: 'TEXT' as const, text: 'Ciao 👋', content: null }, files: [], replyTo: null, clientReference: 'msg_1' };
const send = (signal = AbortSignal.timeout(5000)) =>
  whatsappChannel.open(credentials).send(text, { providers: providersAt(standIn.url), signal });

describe('meta graph stand-in', () => {
  it('takes a message, answers in the documented shape and lists it', async () => {
    const response = await post(message);
    const answer = (await response.json()) as { messages: [{ id: string }] };
    expect(response.status).toBe(200);
    expect(answer).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+1 555-000-9999', wa_id: '15550009999' }],
      messages: [{ id: expect.stringMatching(/^wamid\./) }],
    });
    expect(await sent()).toEqual([
      {
        path: '/v23.0/106540352242922/messages', phoneNumberId: '106540352242922', authorization: 'Bearer EAAtoken',
        body: message, id: answer.messages[0].id, receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ]);
    await fetch(`${standIn.url}/_sent`, { method: 'DELETE' });
    expect(await sent()).toEqual([]);
  });

  it.each([
    ['no token', message, {}, 401, 190],
    ['an empty token', message, { authorization: 'Bearer ' }, 401, 190],
    ['no JSON', '{', undefined, 400, 100],
    ['no messaging_product', { ...message, messaging_product: undefined }, undefined, 400, 100],
    ['no recipient', { ...message, to: undefined }, undefined, 400, 100],
    ['another type', { ...message, type: 'hologram' }, undefined, 400, 100],
    ['no text', { ...message, text: {} }, undefined, 400, 100],
    ['a text over 4,096 characters', { ...message, text: { body: 'x'.repeat(4097) } }, undefined, 400, 100],
    ['a body over 1 MiB', { ...message, padding: 'x'.repeat(1024 * 1024) }, undefined, 413, 100],
  ])('refuses %s with a Graph error and lists nothing', async (_name, body, headers, status, code) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String), type: 'OAuthException', code, fbtrace_id: expect.any(String) },
    });
    expect(await sent()).toEqual([]);
  });

  it('answers an unknown path with a Graph error and refuses a script that is none', async () => {
    expect((await fetch(`${standIn.url}/v23.0/nowhere`)).status).toBe(404);
    for (const wrong of [{}, [{ status: 42 }], [{ drop: 'sometimes' }], [{ delayMs: -1 }], ['x']]) {
      expect((await script(wrong)).status).toBe(400);
    }
    expect((await script([{ status: 500 }])).status).toBe(204);
  });

  it('keeps only the last messages, oldest first', async () => {
    const small = await startMetaGraphStandIn({ maxSent: 3 });
    const options = { providers: providersAt(small.url), signal: AbortSignal.timeout(5000) };
    for (const to of ['1', '2', '3', '4', '5']) await whatsappChannel.open(credentials).send({ ...text, to }, options);
    const list = (await (await fetch(`${small.url}/_sent`)).json()) as SentMessage[];
    expect(list.map(({ body }) => (body as { to: string }).to)).toEqual(['3', '4', '5']);
    await small.close();
  });

  it('refuses to start on a port in use', async () => {
    await expect(startMetaGraphStandIn({ port: standIn.port })).rejects.toThrow('EADDRINUSE');
  });
});

describe('the WhatsApp channel against the stand-in', () => {
  it('is accepted with the right path, token and body', async () => {
    const outcome = await send();
    const [received] = await sent();
    expect(outcome).toEqual({ kind: 'accepted', externalId: received?.id });
    expect(received).toMatchObject({
      path: '/v23.0/106540352242922/messages',
      authorization: 'Bearer EAAtoken',
      body: {
        messaging_product: 'whatsapp', recipient_type: 'individual', to: '15550009999', type: 'text',
        text: { preview_url: false, body: 'Ciao 👋' }, biz_opaque_callback_data: 'msg_1',
      },
    });
  });

  it.each<[string, ScriptedAnswer, unknown, number]>([
    ['a crash before taking it', { drop: 'before' }, { kind: 'unclear' }, 0],
    ['a crash after taking it', { drop: 'after' }, { kind: 'unclear' }, 1],
    ['a bare 502', { status: 502, body: 'Bad gateway' }, { kind: 'unclear' }, 0],
    ['a 200 without an id', { body: { messaging_product: 'whatsapp' } }, { kind: 'unclear' }, 1],
    ['a rate limit', { status: 400, body: { error: { code: 130429 } } }, { kind: 'refused', class: 'retry', code: '130429' }, 0],
    ['a closed window', { status: 400, body: { error: { code: 131047 } } }, { kind: 'refused', class: 'window' }, 0],
  ])('after %s', async (_name, answer, outcome, taken) => {
    await script([answer]);
    expect(await send()).toMatchObject(outcome as object);
    expect(await sent()).toHaveLength(taken);
    expect(await send()).toMatchObject({ kind: 'accepted' });
  });

  it('ends a delayed answer when it is closed', async () => {
    const other = await startMetaGraphStandIn();
    await fetch(`${other.url}/_next`, { method: 'PUT', body: JSON.stringify([{ delayMs: 60_000 }]) });
    const options = { providers: providersAt(other.url), signal: AbortSignal.timeout(30_000) };
    const pending = whatsappChannel.open(credentials).send(text, options);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.close();
    expect(await pending).toMatchObject({ kind: 'unclear' });
    const refused = await whatsappChannel.open(credentials).send(text, options);
    expect(refused).toMatchObject({ kind: 'refused', class: 'retry', code: 'ECONNREFUSED' });
  });
});

describe('webhook bodies', () => {
  const phoneNumberId = credentials.externalId;
  const body = whatsappTextDelivery({
    phoneNumberId, from: '15550009999', name: 'Zoë', id: 'wamid.A', text: 'a/b – 👋', timestamp: 1749416383,
  });
  const parse = (json: string) => whatsappChannel.open(credentials).parse(JSON.parse(json), arrival());

  it('are escaped as Meta escapes, and verified and parsed by the channel', () => {
    expect(body).toMatch(/^[\x20-\x7e]+$/);
    expect(body).toContain('a\\/b \\u2013 \\ud83d\\udc4b');
    const headers = { 'x-hub-signature-256': signMetaBody(body, 'shh') };
    const verify = (json: string) => whatsappChannel.open(credentials).verify(call({ headers, body: Buffer.from(json) }));
    expect([verify(body), verify(JSON.stringify(JSON.parse(body)))]).toEqual([true, false]);
    expect(parse(body)).toMatchObject([
      { kind: 'message', externalId: 'wamid.A', text: 'a/b – 👋', contact: { name: 'Zoë' }, sentAt: new Date(1749416383000) },
    ]);
  });

  it('carry a status with and without the client reference and an error', () => {
    const base = { phoneNumberId, id: 'wamid.B', recipient: '15550009999', timestamp: 1749416390 };
    expect(parse(whatsappStatusDelivery({ ...base, status: 'read', clientReference: 'msg_1' }))).toEqual([
      {
        kind: 'status', externalId: 'wamid.B', state: 'READ', occurredAt: new Date(1749416390000),
        clientReference: 'msg_1', error: null,
      },
    ]);
    const error = { code: 131026, title: 'Undeliverable' };
    expect(parse(whatsappStatusDelivery({ ...base, status: 'failed', error }))).toMatchObject([
      { state: 'FAILED', clientReference: null, error: { code: '131026', title: 'Undeliverable' } },
    ]);
  });
});
