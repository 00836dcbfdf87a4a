// What is read from WhatsApp webhook deliveries: own payloads after Meta's documentation, and vendor samples where present.
import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { arrival, call } from '../../../test/kit/channels.js';
import type { InboundItem } from './inbound.items.js';
import { MalformedPayload } from './payload.js';
import { whatsappChannel } from './whatsapp.channel.js';

const INBOX = '200100200100';
const credentials = {
  appSecret: 'app-secret', verifyToken: 'verify-me', accessToken: 'EAA-secret-token', externalId: INBOX,
};

const change = (value: object, phoneNumberId = INBOX, field = 'messages') => ({
  field,
  value: {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '390612345', phone_number_id: phoneNumberId },
    ...value,
  },
});
const delivery = (...entries: object[][]) => ({
  object: 'whatsapp_business_account',
  entry: entries.map((changes) => ({ id: 'waba', changes })),
});
const text = (id: string, body: unknown = 'Ciao', more: object = {}) => ({
  from: '393331234567', id, timestamp: '1760000000', type: 'text', text: { body }, ...more,
});
const status = (id: string, word: unknown, more: object = {}) => ({
  id, status: word, timestamp: '1760000100', recipient_id: '393331234567', ...more,
});
const interactive = (kind: string, reply: object) => ({ type: 'interactive', interactive: { type: kind, [kind]: reply } });
const idOf = (item: InboundItem): string | undefined => ('externalId' in item ? item.externalId : undefined);
const parse = (body: unknown) => whatsappChannel.open(credentials).parse(body, arrival());
const parseOne = (message: object, contacts: object[] = []) => parse(delivery([change({ contacts, messages: [message] })]))[0];
const malformed = (body: unknown): MalformedPayload => {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof MalformedPayload) return error;
    throw error;
  }
  throw new Error('The body was read without complaint.');
};

describe('parse', () => {
  const IMAGE = { id: '1003383421387256', mime_type: 'image/jpeg', sha256: 'SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=' };
  const media = (more: object = {}) => ({
    kind: 'media', voice: false, media: [{
      externalId: '1003383421387256', url: null, mimeType: 'image/jpeg', fileName: null, sha256: '49f227634806293b0995459bc310b593e1400f41591efcf07e9bced335f41942', ...more,
    }],
  });
  const choice = (choiceId: string, more: object = {}) => ({ kind: 'choice', choiceId, description: null, answers: null, ...more });
  // Shapes after "Webhooks: messages" of Meta's WhatsApp Cloud API documentation.
  it.each<[string, object, string, string | null, object | null]>([
    ['text', { type: 'text', text: { body: 'Un tavolo per due?' } }, 'TEXT', 'Un tavolo per due?', null],
    ['text of nothing', { type: 'text', text: { body: '' } }, 'TEXT', '', null],
    ['image', { type: 'image', image: { ...IMAGE, caption: 'Look' } }, 'IMAGE', 'Look', media()],
    ['sticker', { type: 'sticker', sticker: { ...IMAGE, animated: true } }, 'STICKER', null, media()],
    ['video with an address', { type: 'video', video: { ...IMAGE, sha256: 'short', url: 'https://lookaside.example/v' } }, 'VIDEO', null, media({ url: 'https://lookaside.example/v', sha256: null })],
    ['voice note', { type: 'audio', audio: { ...IMAGE, voice: true } }, 'AUDIO', null, { ...media(), voice: true }],
    ['document', { type: 'document', document: { ...IMAGE, filename: ' menu.pdf ', caption: ' ' } }, 'DOCUMENT', null, media({ fileName: 'menu.pdf' })],
    ['location', { type: 'location', location: { latitude: 37.44, longitude: -122.16, name: 'Philz', address: '101 Forest Ave' } }, 'LOCATION', 'Philz',
      { kind: 'location', latitude: 37.44, longitude: -122.16, name: 'Philz', address: '101 Forest Ave' }],
    ['location alone', { type: 'location', location: { latitude: 0, longitude: 0 } }, 'LOCATION', null, { kind: 'location', latitude: 0, longitude: 0, name: null, address: null }],
    ['cards', { type: 'contacts', contacts: [{ name: { formatted_name: 'Lucía Gómez' }, org: { company: 'Acme' }, phones: [{ phone: '+1 (983) 555-2319' }], emails: [{ email: 'l@example.test' }] },
      { name: { first_name: 'Ada' } }, { name: {} }] }, 'CONTACTS', 'Lucía Gómez, Ada', { kind: 'contacts', contacts: [
      { name: 'Lucía Gómez', organization: 'Acme', phones: ['+1 (983) 555-2319'], emails: ['l@example.test'] }, { name: 'Ada', organization: null, phones: [], emails: [] }] }],
    ['quick reply button', { type: 'button', button: { payload: 'yes-1', text: 'Yes' } }, 'CHOICE', 'Yes', choice('yes-1')],
    ['button reply', interactive('button_reply', { id: 'b1', title: 'Cancel' }), 'CHOICE', 'Cancel', choice('b1')],
    ['list reply', interactive('list_reply', { id: 'r1', title: 'Pizza', description: 'Hot' }), 'CHOICE', 'Pizza', choice('r1', { description: 'Hot' })],
    ['form', interactive('nfm_reply', { body: 'Sent', name: 'flow', response_json: '{"rating":4,"words":"Good","flow_token":"secret"}' }), 'CHOICE', 'Sent',
      choice('flow', { answers: { rating: '4', words: 'Good' } })],
    ['order', { type: 'order', order: { catalog_id: '19', text: 'Quick', product_items: [{ product_retailer_id: 'a', quantity: 2, item_price: 30.1, currency: 'USD' },
      { product_retailer_id: 'b', quantity: 1, item_price: 500, currency: 'JPY' }, { product_retailer_id: 'c', quantity: 0 }, { product_retailer_id: 'e', quantity: 3e9 }, { product_retailer_id: 'f', quantity: [5] }, { product_retailer_id: 'd', quantity: '3' }] } }, 'ORDER', 'Quick',
      { kind: 'order', catalogId: '19', products: [{ productId: 'a', quantity: 2, priceMinor: 3010, currency: 'USD' }, { productId: 'b', quantity: 1, priceMinor: 500, currency: 'JPY' },
        { productId: 'd', quantity: 3, priceMinor: null, currency: null }] }],
    ['changed device', { type: 'system', identity: {}, system: { type: 'customer_identity_changed', body: 'User identity changed' } }, 'SYSTEM', 'User identity changed',
      { kind: 'system', event: 'IDENTITY_CHANGED', phone: null }],
    ...([
      ['form whose answers are no JSON', interactive('nfm_reply', { body: 'Sent', response_json: '{' })],
      ['interactive without a reply', { type: 'interactive' }],
      ['text without a body', { type: 'text', text: {} }],
      ['text that is a text', { type: 'text', text: 'x' }],
      ['image without a file', { type: 'image', image: { mime_type: 'image/jpeg', caption: 'Look' } }],
      ['place beyond the pole', { type: 'location', location: { latitude: 91, longitude: 0 } }],
      ['cards without names', { type: 'contacts', contacts: [{ phones: [] }] }],
      ['empty cart', { type: 'order', order: { product_items: [] } }],
      ['reaction without its object', { type: 'reaction' }],
      ['kind named like a method', { type: 'constructor', constructor: {} }],
      ['kind of tomorrow', { type: 'hologram', hologram: {} }],
      ['message without a type', {}],
    ] satisfies [string, object][]).map(([name, kind]) => [name, kind, 'UNSUPPORTED', null, null] as [string, object, string, null, null]),
  ])('reads a %s', (_name, kind, type, said, content) => {
    const message = { from: '393331234567', id: 'wamid.X', timestamp: '1760000000', ...kind };
    expect(parse(delivery([change({ contacts: [{ profile: { name: 'Ada' }, wa_id: '393331234567' }], messages: [message] })]))).toEqual([{
      kind: 'message', externalId: 'wamid.X', contact: { externalId: '393331234567', name: 'Ada', phone: '+393331234567' }, type, text: said, content,
      replyTo: null, forwarded: false, referral: null, raw: message, sentAt: new Date('2025-10-09T08:53:20Z'),
    }]);
  });

  it('reads what a message answers, that it was passed on, and what brought the customer', () => {
    const ad = { source_url: 'https://fb.me/3', source_id: '120', source_type: 'ad', headline: 'Chat with us', body: 'Summer is here!' };
    expect(parseOne(text('m', 'x', { context: { id: 'wamid.before', from: '1' }, referral: ad }))).toMatchObject({
      replyTo: 'wamid.before', forwarded: false, referral: { source: 'AD', sourceId: '120', url: 'https://fb.me/3', headline: 'Chat with us', body: 'Summer is here!' },
    });
    expect(parseOne(text('m', 'x', { context: { frequently_forwarded: true } }))).toMatchObject({ replyTo: null, forwarded: true, referral: null });
    expect(parseOne(text('m', 'x', { context: { referred_product: { product_retailer_id: 'p1' } } }))).toMatchObject({ referral: { source: 'PRODUCT', sourceId: 'p1' } });
  });

  const about = { externalId: 'wamid.before', contact: { externalId: '393331234567', phone: '+393331234567' }, occurredAt: new Date('2025-10-09T08:53:20Z'), eventId: 'wamid.E' };
  it.each<[string, object, object]>([
    ['reaction', { type: 'reaction', reaction: { message_id: 'wamid.before', emoji: '👍' } }, { kind: 'reaction', emoji: '👍' }],
    ['reaction taken off', { type: 'reaction', reaction: { message_id: 'wamid.before', emoji: '' } }, { kind: 'reaction', emoji: null }],
    ['reaction taken off without a word', { type: 'reaction', reaction: { message_id: 'wamid.before' } }, { kind: 'reaction', emoji: null }],
    ['message taken back', { type: 'revoke', revoke: { original_message_id: 'wamid.before' } }, { kind: 'deletion' }],
    ['edit', { type: 'edit', edit: { original_message_id: 'wamid.before', message: { type: 'text', text: { body: 'Better' } } } },
      { kind: 'edit', said: { type: 'TEXT', text: 'Better', content: null } }],
  ])('reads a %s, of either side, as said about a message', (_name, kind, expected) => {
    const message = { id: 'wamid.E', timestamp: '1760000000', ...kind };
    expect(parseOne({ from: '393331234567', ...message })).toMatchObject({ ...about, side: 'CONTACT', ...expected });
    const echo = change({ message_echoes: [{ from: '390612345', to: '393331234567', ...message }] }, INBOX, 'smb_message_echoes');
    expect(parse(delivery([echo]))).toMatchObject([{ ...about, side: 'BUSINESS', ...expected }]);
  });

  it('reads what the business wrote in the app as an echo to the customer', () => {
    const echo = { from: '390612345', to: '393331234567', id: 'wamid.O', timestamp: '1760000000', type: 'text', text: { body: 'We are open' } };
    expect(parse(delivery([change({ message_echoes: [echo] }, INBOX, 'smb_message_echoes')]))).toMatchObject([
      { kind: 'echo', externalId: 'wamid.O', contact: { externalId: '393331234567' }, type: 'TEXT', text: 'We are open' },
    ]);
  });

  it('reads a change of number as a line of the conversation and as the new name of the person', () => {
    const system = { type: 'user_changed_number', body: 'Ada changed from 393331234567 to 12195555358', wa_id: '12195555358' };
    expect(parse(delivery([change({ messages: [{ from: '393331234567', id: 'wamid.N', timestamp: '1760000000', type: 'system', system }] })]))).toMatchObject([
      { kind: 'message', type: 'SYSTEM', text: 'Ada changed from 393331234567 to 12195555358', content: { kind: 'system', event: 'NUMBER_CHANGED', phone: '+12195555358' } },
      { kind: 'identity', from: { externalId: '393331234567' }, to: { externalId: '12195555358', phone: '+12195555358' } },
    ]);
  });

  const ada = { profile: { name: 'Ada' }, wa_id: '393331234567', user_id: 'IT.1' };
  const hidden = { profile: { name: 'Ada' }, user_id: 'IT.1' };
  const bob = { profile: { name: 'Bob' }, wa_id: '15550001111', user_id: 'US.2' };
  it.each<[string, object, object[], object]>([
    ['by wa_id among several', {}, [bob, ada], { externalId: '393331234567', name: 'Ada', phone: '+393331234567' }],
    ['without a contact entry', {}, [], { externalId: '393331234567', name: null, phone: '+393331234567' }],
    ['of somebody else only', {}, [bob], { externalId: '393331234567', name: null, phone: '+393331234567' }],
    ['with a blank name', {}, [{ ...ada, profile: { name: ' ' } }], { externalId: '393331234567', name: null }],
    ['by user id', { from: null, from_user_id: 'IT.1' }, [bob, hidden], { externalId: 'IT.1', name: 'Ada', phone: null }],
    ['from the only entry', { from: null }, [hidden], { externalId: 'IT.1', name: 'Ada', phone: null }],
    ['with a sender that is no number', { from: 'IT.1' }, [], { externalId: 'IT.1', name: null, phone: null }],
  ])('finds the contact %s', (_name, sender, contacts, expected) => {
    expect(parseOne(text('wamid.X', 'Ciao', sender), contacts)).toMatchObject({ contact: expected });
  });

  it.each([
    ['sent', 'SENT'], ['delivered', 'DELIVERED'], ['read', 'READ'], ['played', 'READ'], ['failed', 'FAILED'],
  ])('reads the status %s as %s', (word, state) => {
    expect(parse(delivery([change({ statuses: [status('wamid.S', word, { biz_opaque_callback_data: 'msg_7' })] })]))).toEqual([
      {
        kind: 'status', externalId: 'wamid.S', state, occurredAt: new Date('2025-10-09T08:55:00Z'),
        clientReference: 'msg_7', error: null,
      },
    ]);
  });

  it('reads why a message failed', () => {
    const errors = [{ code: 131049, title: 'Healthy ecosystem', message: 'Not delivered' }, { code: 1 }];
    const statuses = [status('a', 'failed', { errors }), status('b', 'failed', { errors: [{ message: 'Only this' }] })];
    expect(parse(delivery([change({ statuses })]))).toMatchObject([
      { clientReference: null, error: { code: '131049', title: 'Healthy ecosystem' } },
      { error: { code: 'unknown', title: 'Only this' } },
    ]);
  });

  it('gives every message and status of every entry and change, in array order, and none of another number or field', () => {
    const items = parse(delivery(
      [change({ messages: [text('m1'), text('m2')] }), change({ messages: [text('foreign')] }, '999')],
      [],
      [
        change({ statuses: [status('s1', 'sent'), status('s2', 'read')] }),
        change({ statuses: [{ ...status('call', 'RINGING'), type: 'call' }] }, INBOX, 'calls'),
        change({ messages: [text('m3')], statuses: [status('s3', 'deleted'), status('s4', 'delivered')] }),
        { field: 'account_update', value: { event: 'ACCOUNT_DELETED' } },
      ],
    ));
    expect(items.map(idOf)).toEqual(['m1', 'm2', 's1', 's2', 'm3', 's4']);
  });

  it('gives n + m items for any shape of a batch of n messages and m statuses', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      let state = seed;
      const below = (limit: number) => (state = (state * 48271) % 2147483647) % limit;
      const expected: string[] = [];
      const named = (prefix: string) => (_: unknown, index: number) => {
        expected.push(`${prefix}.${index}`);
        return prefix.startsWith('m') ? text(`${prefix}.${index}`) : status(`${prefix}.${index}`, 'read');
      };
      const entries = Array.from({ length: below(5) }, (_e, e) =>
        Array.from({ length: below(5) }, (_c, c) => {
          const messages = Array.from({ length: below(6) }, named(`m${e}-${c}`));
          return change({ messages, statuses: Array.from({ length: below(6) }, named(`s${e}-${c}`)) });
        }));
      expect(parse(delivery(...entries)).map(idOf)).toEqual(expected);
    }
  });

  it('makes what PostgreSQL cannot store storable, and keeps everything else', () => {
    const nul = String.fromCharCode(0);
    const message = { ...text('wamid.X', `a${nul}b\ud800c👋`), context: { [`k${nul}`]: [`\udc00`, 1, true, null, nul] } };
    const item = parseOne(message, [{ profile: { name: `Ada${nul}\udfff` }, wa_id: '393331234567' }]);
    expect(item).toMatchObject({ text: 'a\uFFFDb\uFFFDc👋', contact: { name: 'Ada\uFFFD\uFFFD' } });
    expect(item).toMatchObject({ raw: { text: { body: 'a\uFFFDb\uFFFDc👋' } } });
    expect(item).toMatchObject({ raw: { context: { 'k\uFFFD': ['\uFFFD', 1, true, null, '\uFFFD'] } } });
    expect(JSON.stringify(item)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  });

  it.each<[string, unknown]>([
    ['null', null], ['a list', []], ['a text', 'x'], ['an empty object', {}],
    ['a delivery of another product', { object: 'page', entry: [] }],
    ['an entry that is no array', { object: 'whatsapp_business_account', entry: {} }],
    ['no entry', { object: 'whatsapp_business_account' }],
  ])('refuses %s', (_name, body) => {
    expect(malformed(body)).toMatchObject({ message: expect.stringContaining('no WhatsApp delivery'), items: [] });
  });

  let deep: unknown = 'x';
  for (let level = 0; level < 100_000; level += 1) deep = [deep];
  it.each<[string, unknown, string]>([
    ['has no id', text(''), 'messages[1] has no id'],
    ['has no time', text('m', 'x', { timestamp: undefined }), 'messages[1] has no timestamp'],
    ['has a time in milliseconds', text('m', 'x', { timestamp: '1760000000000' }), 'messages[1] has no timestamp'],
    ['has no sender', text('m', 'x', { from: undefined }), 'messages[1] has no sender'],
    ['is no object', 'x', 'messages[1] must be an object'],
    ['is nested endlessly', text('m', 'x', { deep }), 'messages[1] is nested deeper'],
  ])('names a message that %s and gives the others', (_name, bad, flaw) => {
    const value = { messages: [text('before'), bad, text('after')], statuses: [status('s', 'sent')] };
    const error = malformed(delivery([change(value)]));
    expect(error.message).toContain(`entry[0].changes[0].value.${flaw}`);
    expect(error.items.map(idOf)).toEqual(['before', 'after', 's']);
  });
});

const corpus = resolve(process.env.SWITCHBOARD_FIXTURES ?? '../shared/fixtures', 'channels/whatsapp');
const present = existsSync(corpus);
const title = present ? 'vendor samples' : 'vendor samples: skipped, no folder of fixtures (SWITCHBOARD_FIXTURES)';
(present ? describe : describe.skip)(title, () => {
  interface Value { metadata?: { phone_number_id: string }; messages?: unknown[]; statuses?: unknown[] }
  interface Sample { entry: { changes: { field: string; value: Value }[] }[] }
  const folders = present ? ['inbound_meta', 'inbound_pywa', 'statuses'] : [];
  const files = folders.flatMap((folder) => readdirSync(join(corpus, folder)).map((name) => join(folder, name)));

  it.each(present ? files : ['none'])('%s', (file) => {
    const sample = JSON.parse(readFileSync(join(corpus, file), 'utf8')) as Sample;
    const changes = sample.entry.flatMap((entry) => entry.changes);
    const values = changes.filter(({ field }) => field === 'messages').map(({ value }) => value);
    const externalId = changes[0]?.value.metadata?.phone_number_id ?? INBOX;
    const items = whatsappChannel.open({ ...credentials, externalId }).parse(sample, arrival());
    const count = (kind: InboundItem['kind']) => items.filter((item) => item.kind === kind).length;
    const about = items.filter((item) => 'side' in item && item.side === 'CONTACT').length;
    expect(count('message') + about).toBe(values.reduce((sum, { messages = [] }) => sum + messages.length, 0));
    // Calls come with their own issue; an interactive message with an error holds nothing.
    if (!/unsupported|with_err|call_permission|group_/.test(file)) expect(items.filter((item) => item.kind === 'message' && item.type === 'UNSUPPORTED')).toEqual([]);
    expect(count('status')).toBe(values.reduce((sum, { statuses = [] }) => sum + statuses.length, 0));
  });

  it('hold messages and statuses at all', () => {
    expect(files.length).toBeGreaterThan(50);
    const bodies = files.map((file) => readFileSync(join(corpus, file), 'utf8'));
    expect(bodies.filter((body) => body.includes('"messages": [')).length).toBeGreaterThan(20);
  });

  it('verify with their published signatures', () => {
    interface Vectors { vectors: { appSecret: string; rawBody: string; header: string }[] }
    const { vectors } = JSON.parse(readFileSync(join(corpus, '../signatures/x_hub_signature_256.json'), 'utf8')) as Vectors;
    expect(vectors.length).toBeGreaterThan(0);
    for (const { appSecret, rawBody, header } of vectors) {
      const headers = { 'x-hub-signature-256': header };
      const verify = (body: string) => whatsappChannel.open({ ...credentials, appSecret }).verify(call({ headers, body: Buffer.from(body) }));
      expect([verify(rawBody), verify(`${rawBody}\n`)]).toEqual([true, false]);
    }
  });
});
