// Channels beyond Meta's, from a signed call to the tables and from a message to its provider.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CALLBACK_PATH, startCallbackStandIn, type CallbackSent } from '../../../ops/standins/callback.js';
import { signStandardWebhook, signTwilioForm } from '../../../ops/standins/sign-webhook.js';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import type { StandInContent } from '../../../ops/standins/twilio.content.js';
import { startTwilioStandIn, type TwilioSent } from '../../../ops/standins/twilio.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { permutations } from '../../../test/kit/permutations.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';

let house: TestConversations;
let twilio: StandIn;
beforeAll(async () => {
  twilio = await startTwilioStandIn();
  house = await TestConversations.boot({ config: { twilioUrl: twilio.url, callbacksToLoopback: true, apiUrl: 'https://house.test' } });
});
afterAll(async () => {
  await house?.close();
  await twilio?.close();
});

const conversationOf = async (externalId: string): Promise<string> => (await house.rows<{ id: string }>(`select c.id from conversations.conversation c
  join conversations.contact_identity i on i.tenant_id = c.tenant_id and i.contact_id = c.contact_id where i.external_id = $1`, [externalId]))[0]?.id ?? '';

describe('SMS through Twilio', () => {
  const ACCOUNT = 'AC00000000000000000000000000000001';
  const [OURS, ANA] = ['+15550001000', '+15550009999'];
  const TOKEN = 'twilio-token';
  const ADDRESS = 'https://house.test/webhooks/twilio-sms/sms';
  let inboxId: string;
  beforeAll(async () => {
    inboxId = await house.services.inboxes.create(house.tenantId, { key: 'sms', name: 'SMS', channel: 'TWILIO_SMS', credentials: { accountSid: ACCOUNT, authToken: TOKEN, externalId: OURS } });
  });

  const post = async (form: Record<string, string>, address = ADDRESS, signature = signTwilioForm(address, form, TOKEN)): Promise<RouteResponse> => {
    const body = new URLSearchParams(form).toString();
    const answer = await house.receive(body, { params: { channel: 'twilio-sms', inboxKey: 'sms' }, headers: { 'x-twilio-signature': signature }, url: address });
    await house.ingestAll();
    return answer;
  };
  const incoming = (sid: string, words: string): Record<string, string> => ({ MessageSid: sid, SmsStatus: 'received', AccountSid: ACCOUNT, From: ANA, To: OURS, NumMedia: '0', Body: words });
  const report = (sid: string, status: string): Record<string, string> => ({ MessageSid: sid, MessageStatus: status, AccountSid: ACCOUNT, From: OURS, To: ANA });
  const consent = () => house.rows('select external_id, opted_out, source from conversations.contact_consent where inbox_id = $1', [inboxId]);

  it('is answered with nothing to say, stored once, and a stop holds', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await post(incoming('SM1', 'Hello'))).toEqual({ status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>' });
    }
    await post({ ...incoming('SM1', 'Hello'), ApiVersion: '2010-04-01' });
    expect(await house.rows('select text, status from conversations.message where inbox_id = $1', [inboxId])).toEqual([{ text: 'Hello', status: 'RECEIVED' }]);
    expect(await consent()).toEqual([]);
    await post(incoming('SM2', 'Stop'));
    expect(await consent()).toEqual([{ external_id: ANA, opted_out: true, source: 'CUSTOMER' }]);
    await post(incoming('SM3', 'START'));
    expect(await consent()).toEqual([{ external_id: ANA, opted_out: false, source: 'CUSTOMER' }]);
    expect((await post(incoming('SM4', 'x'), ADDRESS, signTwilioForm(ADDRESS, incoming('SM4', 'y'), TOKEN))).status).toBe(401);
    expect((await post(incoming('SM4', 'x'), `${ADDRESS}?a=1`, signTwilioForm(ADDRESS, incoming('SM4', 'x'), TOKEN))).status).toBe(401);
  });

  it('is sent with the address of its reports, and a report that overtakes the answer finds it by our id', async () => {
    const conversation = await conversationOf(ANA);
    const first = await house.queue(conversation, 'One');
    await house.drain(conversation);
    const [sent] = await (await fetch(`${twilio.url}/_sent`)).json() as TwilioSent[];
    expect(sent?.form).toMatchObject({ To: ANA, From: OURS, Body: 'One', StatusCallback: `${ADDRESS}?message=${encodeId('msg', first)}` });
    await post(report(sent?.sid ?? '', 'delivered'), `${ADDRESS}?message=${encodeId('msg', first)}`);
    expect(await house.standing(first)).toMatchObject({ status: 'DELIVERED', external_id: sent?.sid, state: 'ACCEPTED' });

    // The provider took it and died before it could answer.
    await fetch(`${twilio.url}/_next`, { method: 'PUT', body: JSON.stringify([{ drop: 'after' }]) });
    const second = await house.queue(conversation, 'Two');
    await house.drain(conversation);
    expect(await house.standing(second)).toMatchObject({ status: 'QUEUED', external_id: null, state: 'ATTEMPTED' });
    const taken = (await (await fetch(`${twilio.url}/_sent`)).json() as TwilioSent[]).at(-1);
    await post(report(taken?.sid ?? '', 'sent'), String(taken?.form['StatusCallback']));
    expect(await house.standing(second)).toMatchObject({ status: 'SENT', external_id: taken?.sid, state: 'ACCEPTED' });
    expect(await house.drain(conversation)).toBe(0);
  });
});

describe('templates of WhatsApp through Twilio', () => {
  const ACCOUNT = 'AC00000000000000000000000000000002';
  const [OURS, BEA] = ['+15550002000', '+15550008888'];
  const TOKEN = 'twilio-whatsapp-token';
  const ADDRESS = 'https://house.test/webhooks/twilio-whatsapp/twa';
  const sid = (number: number): string => `HX${String(number).padStart(32, '0')}`;
  const content = (number: number, more: Partial<StandInContent> = {}): StandInContent => ({
    sid: sid(number), friendly_name: `x_${number}`, language: 'en', variables: {}, types: { 'twilio/text': { body: 'Hello' } }, date_updated: '2026-11-01T00:00:00Z',
    approval_requests: { name: `x_${number}`, category: 'UTILITY', content_type: 'twilio/text', status: 'approved' }, ...more,
  });
  const approved = (name: string, type: string, status = 'approved') => ({ name, category: 'utility', content_type: type, status });
  const CARD = content(500, {
    friendly_name: 'Table', variables: { 1: 'Ana', 2: '4', 3: 'a1' }, approval_requests: approved('table_ready', 'whatsapp/card'),
    types: { 'twilio/text': { body: 'For other channels' }, 'whatsapp/card': { body: 'Table {{2}} is ready, {{1}}.', header_text: 'Your table', footer: 'Bye', actions: [{ type: 'QUICK_REPLY', title: 'Thanks', id: 'ok' }, { type: 'URL', title: 'See', url: 'https://x.test/{{3}}' }] } },
  });
  // The older of one name and language, and one that was never submitted.
  const before = content(501, { approval_requests: approved('table_ready', 'twilio/text'), types: { 'twilio/text': { body: 'Old' } }, date_updated: '2026-10-01T00:00:00Z' });
  const draft = content(502, { friendly_name: 'draft', approval_requests: { status: 'unsubmitted' } });
  let inboxId: string;
  let thread: string;
  beforeAll(async () => {
    inboxId = await house.services.inboxes.create(house.tenantId, { key: 'twa', name: 'WhatsApp', channel: 'TWILIO_WHATSAPP', credentials: { accountSid: ACCOUNT, authToken: TOKEN, externalId: OURS } });
    const form = { MessageSid: 'SM-wa-1', SmsStatus: 'received', AccountSid: ACCOUNT, From: `whatsapp:${BEA}`, To: `whatsapp:${OURS}`, NumMedia: '0', Body: 'Hi' };
    await house.deliver(new URLSearchParams(form).toString(), { params: { channel: 'twilio-whatsapp', inboxKey: 'twa' }, headers: { 'x-twilio-signature': signTwilioForm(ADDRESS, form, TOKEN) }, url: ADDRESS });
    thread = encodeId('conv', await conversationOf(BEA));
  });
  const have = (contents: unknown) => fetch(`${twilio.url}/_contents`, { method: 'PUT', body: JSON.stringify({ [ACCOUNT]: contents }) });
  const sync = async (id = inboxId) => (await house.ask('mutation ($input: MessageTemplatesSyncInput!) { messageTemplatesSync(input: $input) { count userErrors { __typename field message } } }', { input: { inboxId: encodeId('inb', id) } })).data?.['messageTemplatesSync'];
  const list = async () => (await house.ask('query ($id: ID!) { messageTemplates(inboxId: $id, first: 100) { nodes { name status category body header { text } footer buttons { type text url } slots { part button position name type } } } }',
    { id: encodeId('inb', inboxId) })).data?.['messageTemplates'] as { nodes: { name: string }[] };
  const send = async (more: object) => (await house.ask('mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { text } userErrors { __typename field ... on TemplateMismatch { parameter } } } }',
    { input: { conversationId: thread, idempotencyKey: newId(), ...more } })).data?.['messageSend'];
  const template = (...parameters: object[]) => ({ template: { name: 'table_ready', language: 'en', parameters } });

  it('are fetched page by page, as WhatsApp takes them; what is gone there is gone here, and a failure leaves what was', async () => {
    await have([...Array.from({ length: 101 }, (_, number) => content(number)), CARD, before, draft, { sid: sid(503) }]);
    expect(await sync()).toEqual({ count: 103, userErrors: [] });
    const { nodes } = await list();
    expect(nodes.find(({ name }) => name === 'table_ready')).toEqual({
      name: 'table_ready', status: 'APPROVED', category: 'UTILITY', body: 'Table {{2}} is ready, {{1}}.', header: { text: 'Your table' }, footer: 'Bye',
      buttons: [{ type: 'QUICK_REPLY', text: 'Thanks', url: null }, { type: 'URL', text: 'See', url: 'https://x.test/{{3}}' }],
      slots: [{ part: 'BODY', button: null, position: 2, name: null, type: 'TEXT' }, { part: 'BODY', button: null, position: 1, name: null, type: 'TEXT' }, { part: 'BUTTON', button: 2, position: 3, name: null, type: 'TEXT' }],
    });
    expect(nodes.find(({ name }) => name === 'draft')).toMatchObject({ status: 'UNSUBMITTED' });
    await have({});
    expect(await sync()).toMatchObject({ count: null, userErrors: [{ __typename: 'TemplatesUnavailable', field: ['input', 'inboxId'] }] });
    expect((await list()).nodes).toHaveLength(100);
    await have([CARD, draft]);
    expect(await sync()).toEqual({ count: 2, userErrors: [] });
    const sms = await house.rows<{ id: string }>(`select id from conversations.inbox where key = 'sms'`);
    expect(await sync(sms[0]?.id)).toMatchObject({ count: null, userErrors: [{ __typename: 'InputInvalid' }] });
  });

  it('are sent by their id when the window is closed, filled in by the names of their places, and refused where they do not fit', async () => {
    house.clock.advance(25 * 3_600_000);
    expect(await send({ text: 'Too late' })).toMatchObject({ message: null, userErrors: [{ __typename: 'WindowClosed' }] });
    const [name, table, code] = [{ position: 1, text: 'Bea' }, { position: 2, text: '7' }, { part: 'BUTTON', button: 2, text: 'b2' }];
    const mismatches: [object[], string | null][] = [
      [[name, table], 'button 2'], [[name, code], 'body 2'], [[name, table, code, { position: 3, text: 'x' }], 'body 3'], [[name, table, { ...code, text: null, imageUrl: 'https://x.test/a.png' }], 'button 2'],
      [[{ position: 1, text: 'a\nb' }, table, code], 'body 1'],
    ];
    for (const [parameters, parameter] of mismatches) expect(await send(template(...parameters))).toMatchObject({ message: null, userErrors: [{ __typename: 'TemplateMismatch', parameter }] });
    expect(await send({ template: { name: 'draft', language: 'en' } })).toMatchObject({ message: null, userErrors: [{ __typename: 'TemplateMismatch', parameter: null }] });
    expect(await send(template(code, table, name))).toEqual({ message: { text: 'Table 7 is ready, Bea.' }, userErrors: [] });
    await house.drain(await conversationOf(BEA));
    const sent = (await (await fetch(`${twilio.url}/_sent`)).json() as TwilioSent[]).at(-1);
    expect(sent?.form).toMatchObject({ To: `whatsapp:${BEA}`, From: `whatsapp:${OURS}`, ContentSid: CARD.sid });
    expect([JSON.parse(String(sent?.form['ContentVariables'])), sent?.form['Body']]).toEqual([{ 1: 'Bea', 2: '7', 3: 'b2' }, undefined]);
    // What the account lost since is refused by Twilio, for good.
    await have([]);
    await send(template(name, table, code));
    await house.drain(await conversationOf(BEA));
    expect(await house.rows(`select status, error_code from conversations.message where inbox_id = $1 and direction = 'OUTBOUND' order by seq`, [inboxId])).toEqual([{ status: 'SENT', error_code: null }, { status: 'FAILED', error_code: '21655' }]);
  });
});

describe('a system of the tenant\'s own', () => {
  const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const AT = '2026-11-29T12:00:00Z';
  const BOB = { id: 'bob', name: 'Bob', phone: '+15550007777' };
  let own: StandIn;
  let inboxId: string;
  beforeAll(async () => {
    own = await startCallbackStandIn(SECRET);
    inboxId = await house.services.inboxes.create(house.tenantId, { key: 'own', name: 'Own', channel: 'API', credentials: { secret: SECRET, callbackUrl: `${own.url}${CALLBACK_PATH}` } });
  });
  afterAll(() => own?.close());

  const post = async (id: string, body: string, changed: object = {}): Promise<RouteResponse> =>
    house.receive(body, { params: { channel: 'api', inboxKey: 'own' }, headers: signStandardWebhook(id, body, SECRET, house.clock.now()), ...changed });
  const message = (id: string, more: object = {}) => ({ kind: 'message', id, contact: BOB, sentAt: AT, text: id, ...more });
  const stored = async () => (await house.rows<{ external_id: string }>(`select external_id from conversations.message where inbox_id = $1 and direction = 'INBOUND' order by seq`, [inboxId])).map((row) => row.external_id);

  it('posts once what it may post twice, and is posted what staff write, signed and under our id', async () => {
    const body = JSON.stringify({ items: [message('a1')] });
    for (let time = 0; time < 2; time += 1) expect(await post('evt_1', body)).toMatchObject({ status: 200 });
    // Under one id there is one delivery, and one message whatever it comes under.
    await post('evt_1', JSON.stringify({ items: [message('never')] }));
    await post('evt_2', body);
    await house.ingestAll();
    expect(await stored()).toEqual(['a1']);
    expect((await post('evt_3', body, { headers: signStandardWebhook('evt_3', body, SECRET, new Date(house.clock.now().getTime() - 301_000)) })).status).toBe(401);

    const conversation = await conversationOf('bob');
    const queued = await house.queue(conversation, 'Hi Bob');
    await house.drain(conversation);
    const [sent] = await (await fetch(`${own.url}/_sent`)).json() as CallbackSent[];
    expect(sent).toMatchObject({ webhookId: encodeId('msg', queued), body: { to: 'bob', message: { text: 'Hi Bob' } } });
    await post('evt_4', JSON.stringify({ items: [{ kind: 'status', message: sent?.id, state: 'READ', at: AT }, { kind: 'consent', contact: BOB, wanted: false, at: AT }] }));
    await house.ingestAll();
    expect(await house.standing(queued)).toMatchObject({ status: 'READ', external_id: sent?.id });
    expect(await house.rows('select opted_out from conversations.contact_consent where inbox_id = $1', [inboxId])).toEqual([{ opted_out: true }]);
  });

  it('may tell how far somebody has read before they have that name: every order ends the same', async () => {
    for (const [index, order] of permutations([0, 1, 2, 3]).entries()) {
      const [old, fresh] = [{ id: `old.${index}` }, { id: `new.${index}` }];
      const told = [
        { ...message(`k${index}`), contact: old }, { ...message(`e${index}`), kind: 'echo', contact: old },
        { kind: 'watermark', contact: fresh, state: 'READ', upTo: '2026-11-29T12:00:01Z' }, { kind: 'identity', from: old, to: fresh, at: AT },
      ];
      await post(`order_${index}`, JSON.stringify({ items: order.map((step) => told[step]) }));
      await house.ingestAll();
      expect(await house.rows('select status from conversations.message where inbox_id = $1 and external_id = $2', [inboxId, `e${index}`])).toEqual([{ status: 'READ' }]);
    }
  });

  it('may post anything: it is answered plainly, the rest of its call is kept, and nothing of what cannot be read', async () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 10_000; level += 1) deep = [deep];
    const whole: Record<string, unknown> = message('odd', { type: 'text', replyTo: 'a1', forwarded: true, referral: { source: 'AD', sourceId: '1' } });
    const places = [...Object.keys(whole).map((key) => [key]), ...Object.keys(BOB).map((key) => ['contact', key]), ['referral', 'source']];
    let count = 0;
    for (const [key = '', inner] of places) {
      for (const instead of [undefined, null, 7, {}, deep]) {
        const odd = inner === undefined ? { ...whole, [key]: instead } : { ...whole, [key]: { ...whole[key] as object, [inner]: instead } };
        const body = JSON.stringify({ items: [message(`before-${count}`), { ...odd, ...(key === 'id' ? {} : { id: `odd-${count}` }) }, message(`after-${count}`)] });
        expect([key, (await post(`fuzz_${count}`, body)).status]).toEqual([key, 200]);
        count += 1;
      }
    }
    for (const bytes of ['', '{', '[]', '7', '"\ud800"', '['.repeat(10_000)]) expect([400, 200]).toContain((await post(`bytes_${bytes.length}_${bytes[0] ?? ''}`, bytes)).status);
    await house.ingestAll();
    // Read, or put aside for what it is: never for a fault of ours.
    expect(await house.rows(`select status, attempts, count(*)::int as n from conversations.webhook_delivery where inbox_id = $1 and (attempts > 0 or status = 'RECEIVED') group by 1, 2`, [inboxId])).toEqual([]);
    const known = new Set(await stored());
    for (let index = 0; index < count; index += 1) expect([known.has(`before-${index}`), known.has(`after-${index}`)]).toEqual([true, true]);
    const faults = await house.rows<{ error: string }>(`select error from conversations.webhook_delivery where inbox_id = $1 and status = 'FAILED'`, [inboxId]);
    expect(faults.length).toBeGreaterThan(20);
    expect(faults.every(({ error }) => /API delivery/.test(error))).toBe(true);
  });
});
