// What is read from WhatsApp webhook deliveries: own payloads after Meta's documentation, and vendor samples where present.
import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MalformedPayload } from './channel.port.js';
import type { ChannelCredentials, InboundItem } from './channel.port.js';
import { whatsappChannel } from './whatsapp.channel.js';

const INBOX = '200100200100';
const credentials: ChannelCredentials = {
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
const parse = (body: unknown) => whatsappChannel.parse(body, credentials);
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
  it.each<[string, object, string | null]>([
    ['text', { type: 'text', text: { body: 'Un tavolo per due?' } }, 'Un tavolo per due?'],
    ['quick reply button', { type: 'button', button: { payload: 'yes-1', text: 'Yes' } }, 'Yes'],
    ['button reply', interactive('button_reply', { id: 'b1', title: 'Cancel' }), 'Cancel'],
    ['list reply', interactive('list_reply', { id: 'r1', title: 'Pizza', description: 'Hot' }), 'Pizza'],
    ['flow reply', interactive('nfm_reply', { body: 'Sent', response_json: '{}' }), null],
    ['interactive without a reply', { type: 'interactive' }, null],
    ['text without a body', { type: 'text', text: {} }, null],
    ['image', { type: 'image', image: { id: '1', mime_type: 'image/jpeg', caption: 'Look' } }, null],
    ['reaction', { type: 'reaction', reaction: { message_id: 'wamid.1', emoji: '👍' } }, null],
    ['kind of tomorrow', { type: 'hologram', hologram: {} }, null],
    ['message without a type', {}, null],
  ])('reads a %s', (_name, kind, expected) => {
    const message = { from: '393331234567', id: 'wamid.X', timestamp: '1760000000', ...kind };
    expect(parseOne(message, [{ profile: { name: 'Ada' }, wa_id: '393331234567' }])).toEqual({
      kind: 'message',
      externalId: 'wamid.X',
      contact: { externalId: '393331234567', name: 'Ada', phone: '+393331234567' },
      type: expected === null ? 'UNSUPPORTED' : 'TEXT',
      text: expected,
      raw: message,
      sentAt: new Date('2025-10-09T08:53:20Z'),
    });
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
    expect(items.map(({ externalId }) => externalId)).toEqual(['m1', 'm2', 's1', 's2', 'm3', 's4']);
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
      expect(parse(delivery(...entries)).map(({ externalId }) => externalId)).toEqual(expected);
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
    expect(error.items.map(({ externalId }: InboundItem) => externalId)).toEqual(['before', 'after', 's']);
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
    const items = whatsappChannel.parse(sample, { ...credentials, externalId });
    const count = (kind: InboundItem['kind']) => items.filter((item) => item.kind === kind).length;
    expect(count('message')).toBe(values.reduce((sum, { messages = [] }) => sum + messages.length, 0));
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
      const verify = (body: string) => whatsappChannel.verifySignature(Buffer.from(body), headers, { ...credentials, appSecret });
      expect([verify(rawBody), verify(`${rawBody}\n`)]).toEqual([true, false]);
    }
  });
});
