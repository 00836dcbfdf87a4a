// What is read from Messenger and Instagram webhooks: own payloads after Meta's documentation, and vendor samples where present.
import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { arrival } from '../../../test/kit/channels.js';
import type { InboundItem } from './inbound.items.js';
import { channelFor } from './channel.registry.js';
import { MalformedPayload } from './payload.js';

const PAGE = '1234567';
const ANA = '7654321';
const AT = 1_760_000_000_123;
const credentials = { appSecret: 's', verifyToken: 'v', accessToken: 't', externalId: PAGE };
const channel = (name: 'MESSENGER' | 'INSTAGRAM', externalId = PAGE) => channelFor(name).open({ ...credentials, externalId });
const entry = (events: unknown[], list = 'messaging', id: unknown = PAGE) => ({ id, time: AT, [list]: events });
const delivery = (...entries: unknown[]) => ({ object: 'page', entry: entries });
const event = (part: object, more: object = {}) => ({ sender: { id: ANA }, recipient: { id: PAGE }, timestamp: AT, ...part, ...more });
const fromPage = { sender: { id: PAGE }, recipient: { id: ANA } };
const message = (body: object) => event({ message: { mid: 'mid.1', ...body } });
const parse = (body: unknown): InboundItem[] => channel('MESSENGER').parse(body, arrival());
const parseOne = (one: object): InboundItem[] => parse(delivery(entry([one])));

const contact = { externalId: ANA, name: null, phone: null };
const media = (...urls: string[]) => ({ kind: 'media', voice: false, media: urls.map((url) => ({ externalId: null, url, mimeType: null, fileName: null, sha256: null })) });
const file = (type: string, url = `https://cdn.example/${type}`, more: object = {}) => ({ type, payload: { url, ...more } });
const choice = (choiceId: string) => ({ kind: 'choice', choiceId, description: null, answers: null });
const share = (shared: string, url: string | null, title: string | null = null) => ({ kind: 'share', shared, url, title });

describe('a message', () => {
  it.each<[string, object, string, string | null, object | null]>([
    ['text', { text: 'Hello' }, 'TEXT', 'Hello', null],
    ['quick reply', { text: 'Red', quick_reply: { payload: 'RED' } }, 'CHOICE', 'Red', choice('RED')],
    ['picture', { attachments: [file('image')] }, 'IMAGE', null, media('https://cdn.example/image')],
    ['pictures with words', { text: 'Look', attachments: [file('image', 'https://a'), file('image', 'https://b')] }, 'IMAGE', 'Look', media('https://a', 'https://b')],
    ['sticker', { attachments: [file('image', 'https://s', { sticker_id: 3692 })] }, 'STICKER', null, media('https://s')],
    ['film', { attachments: [file('video')] }, 'VIDEO', null, media('https://cdn.example/video')],
    ['sound', { attachments: [file('audio')] }, 'AUDIO', null, media('https://cdn.example/audio')],
    ['file', { attachments: [file('file')] }, 'DOCUMENT', null, media('https://cdn.example/file')],
    ['place', { attachments: [{ type: 'location', payload: { coordinates: { lat: 45, long: 7 } } }] }, 'LOCATION', null,
      { kind: 'location', latitude: 45, longitude: 7, name: null, address: null }],
    ['link', { text: 'https://l', attachments: [{ type: 'fallback', payload: null, title: 'A page', URL: 'https://l' }] }, 'SHARE', 'https://l', share('LINK', 'https://l', 'A page')],
    ['mention in a story', { attachments: [file('story_mention', 'https://story')] }, 'SHARE', null, share('STORY_MENTION', 'https://story')],
    ['reel', { attachments: [file('ig_reel', 'https://reel', { title: 'Dance' })] }, 'SHARE', 'Dance', share('REEL', 'https://reel', 'Dance')],
    ['answer to a story', { text: 'Nice', reply_to: { story: { id: '1', url: 'https://story' } } }, 'SHARE', 'Nice', share('STORY_REPLY', 'https://story')],
    ['heart', { attachments: [{ type: 'like_heart' }] }, 'TEXT', '❤️', null],
    ...([
      ['template', { attachments: [{ type: 'template', payload: { elements: [] } }] }],
      ['file without an address', { attachments: [{ type: 'image', payload: {} }] }],
      ['place beyond the pole', { attachments: [{ type: 'location', payload: { coordinates: { lat: 95, long: 7 } } }] }],
      ['kind of tomorrow', { attachments: [{ type: 'hologram' }] }],
      ['kind named like a method', { attachments: [{ type: 'constructor' }] }],
      ['what Meta does not support itself', { is_unsupported: true }],
      ['nothing', {}],
    ] satisfies [string, object][]).map(([name, body]) => [name, body, 'UNSUPPORTED', null, null] as [string, object, string, null, null]),
  ])('reads a %s', (_name, body, type, said, content) => {
    expect(parseOne(message(body))).toEqual([{
      kind: 'message', externalId: 'mid.1', contact, type, text: said, content, replyTo: null, forwarded: false, referral: null, raw: { mid: 'mid.1', ...body }, sentAt: new Date(AT),
    }]);
  });

  it('says what it answers and what brought the customer', () => {
    expect(parseOne(message({ text: 'x', reply_to: { mid: 'mid.0' } }))).toMatchObject([{ type: 'TEXT', replyTo: 'mid.0' }]);
    const ad = { source: 'ADS', ad_id: '600', ads_context_data: { ad_title: 'Summer' } };
    expect(parseOne(message({ text: 'x', referral: ad }))).toMatchObject([{ referral: { source: 'AD', sourceId: '600', headline: 'Summer' } }]);
    expect(parseOne(event({ postback: { title: 'Start', payload: 'START', referral: { ref: 'shop', source: 'SHORTLINK' } } }))).toMatchObject([{ referral: { source: 'LINK', sourceId: 'shop' } }]);
  });

  it('of the page is an echo to the customer, with the reference that came with it', () => {
    expect(parseOne(event({ message: { mid: 'mid.e', is_echo: true, app_id: 7, text: 'Open' } }, fromPage))).toMatchObject([{ kind: 'echo', externalId: 'mid.e', contact, text: 'Open' }]);
    expect(parseOne(event({ message: { mid: 'mid.e', is_echo: true, text: 'Open', metadata: 'msg_9' } }, fromPage))).toMatchObject([
      { kind: 'echo', externalId: 'mid.e', text: 'Open', clientReference: 'msg_9' },
    ]);
  });

  it('is kept while another app has the thread', () => {
    expect(parse(delivery(entry([message({ text: 'still here' })], 'standby')))).toMatchObject([{ kind: 'message', text: 'still here' }]);
  });
});

describe('what is told besides', () => {
  const about = { externalId: 'mid.0', contact, side: 'CONTACT', occurredAt: new Date(AT) };
  it.each<[string, object, object[]]>([
    ['a reaction', event({ reaction: { mid: 'mid.0', action: 'react', emoji: '❤️', reaction: 'love' } }), [{ kind: 'reaction', ...about, emoji: '❤️' }]],
    ['a reaction taken off', event({ reaction: { mid: 'mid.0', action: 'unreact' } }), [{ kind: 'reaction', ...about, emoji: null }]],
    ['a reaction of the page', event({ reaction: { mid: 'mid.0', action: 'react', emoji: '👍' } }, fromPage), [{ kind: 'reaction', ...about, side: 'BUSINESS' }]],
    ['a message taken back', event({ message: { mid: 'mid.0', is_deleted: true } }), [{ kind: 'deletion', ...about }]],
    ['an edit', event({ message_edit: { mid: 'mid.0', text: 'Better', num_edit: 1 } }), [{ kind: 'edit', ...about, said: { type: 'TEXT', text: 'Better', content: null } }]],
    ['a delivery', { sender: { id: ANA }, recipient: { id: PAGE }, delivery: { mids: ['mid.a', 'mid.b'], watermark: AT } }, [
      { kind: 'status', externalId: 'mid.a', state: 'DELIVERED', occurredAt: new Date(AT) }, { kind: 'status', externalId: 'mid.b' },
      { kind: 'watermark', contact, state: 'DELIVERED', upTo: new Date(AT) }]],
    ['a reading', event({ read: { watermark: AT - 5 } }), [{ kind: 'watermark', contact, state: 'READ', upTo: new Date(AT - 5) }]],
    ['a reading of a message', event({ read: { mid: 'mid.a' } }), [{ kind: 'status', externalId: 'mid.a', state: 'READ' }, { kind: 'watermark', state: 'READ', upTo: new Date(AT) }]],
    ['a button', event({ postback: { mid: 'mid.p', title: 'Start', payload: 'START' } }), [{ kind: 'message', externalId: 'mid.p', type: 'CHOICE', text: 'Start', content: choice('START') }]],
    ['a hand-over', event({ pass_thread_control: { new_owner_app_id: '1' } }), []],
    ['a link opened in an old thread', event({ referral: { ref: 'x' } }), []],
  ])('reads %s', (_name, one, expected) => {
    expect(parseOne(one)).toMatchObject(expected);
    expect(parseOne(one)).toHaveLength(expected.length);
  });

  it('knows a button without a message id by its moment, so that a second delivery is the same', () => {
    const press = (payload: string, timestamp = AT) => parseOne(event({ postback: { title: 'Go', payload } }, { timestamp })).map((item) => ('externalId' in item ? item.externalId : ''))[0];
    expect(press('A')).toBe(press('A'));
    expect(new Set([press('A'), press('B'), press('A', AT + 1)]).size).toBe(3);
  });
});

describe('a delivery', () => {
  it('gives everything of every entry of this page, in order', () => {
    const items = parse(delivery(entry([message({ text: '1' }), event({ read: { watermark: AT } })]), entry([message({ text: 'not ours' })], 'messaging', '999'), entry([message({ text: '2' })])));
    expect(items.map((item) => ('text' in item ? item.text : item.kind))).toEqual(['1', 'watermark', '2']);
  });

  it.each<[string, unknown]>([['null', null], ['a list', []], ['another product', { object: 'instagram', entry: [] }], ['no entry', { object: 'page' }]])('refuses %s', (_name, body) => {
    expect(() => parse(body)).toThrow(/no Messenger delivery/);
  });

  let deep: unknown = 'x';
  for (let level = 0; level < 10_000; level += 1) deep = [deep];
  it.each<[string, unknown, string]>([
    ['no mid', event({ message: { text: 'x' } }), 'has a message without mid'],
    ['no customer', event({ message: { mid: 'm' } }, { sender: {} }), 'has no customer'],
    ['no time', event({ message: { mid: 'm' } }, { timestamp: undefined }), 'has no timestamp'],
    ['a time in seconds', event({ message: { mid: 'm' } }, { timestamp: 1_760_000_000 }), 'has no timestamp'],
    ['a watermark in seconds', event({ delivery: { watermark: 1_760_000_000 } }), 'has a delivery without a watermark'],
    ['a reaction to nothing', event({ reaction: { action: 'react' } }), 'has a reaction without mid'],
    ['an edit of nothing', event({ message_edit: { mid: 'm' } }), 'has an edit without text'],
    ['endless nesting', event({ message: { mid: 'm', deep } }), 'is nested deeper'],
    ['no object', 'x', 'must be an object'],
  ])('names an event with %s and gives the others', (_name, bad, flaw) => {
    let caught: unknown;
    try {
      parse(delivery(entry([message({ text: 'before' }), bad, message({ text: 'after' })])));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(MalformedPayload);
    expect(caught).toMatchObject({ message: expect.stringContaining(`entry[0].messaging[1] ${flaw}`), items: [{ text: 'before' }, { text: 'after' }] });
  });
});

const corpus = resolve(process.env.SWITCHBOARD_FIXTURES ?? '../shared/fixtures', 'channels');
const present = existsSync(corpus);
(present ? describe : describe.skip)(present ? 'vendor samples' : 'vendor samples: skipped, no folder of fixtures (SWITCHBOARD_FIXTURES)', () => {
  const files = (folder: string): string[] => (present ? readdirSync(join(corpus, folder)).map((name) => join(folder, name)) : ['none']);
  const read = (path: string): unknown => JSON.parse(readFileSync(join(corpus, path), 'utf8'));
  interface Sample { entry: { id: string }[] }
  const unread = (items: InboundItem[]): InboundItem[] => items.filter((item) => item.kind === 'message' && item.type === 'UNSUPPORTED');
  // Samples that are not what Meta documents: an event of nothing, another account, a time in seconds or none, a place that is no number, a reaction to nothing.
  const ODD = /bottender__standby_request|instagram_test_|chatwoot__incoming_fb_text|message__location_payload|message_echo__location|message_reaction__payload/;

  it.each([...files('messenger/inbound'), ...files('instagram/inbound')].filter((path) => !ODD.test(path)))('%s', (path) => {
    const sample = read(path) as Sample;
    const items = channel(path.startsWith('messenger') ? 'MESSENGER' : 'INSTAGRAM', sample.entry[0]?.id).parse(sample, arrival());
    expect(items.length).toBeGreaterThan(0);
    if (!path.includes('unsupported')) expect(unread(items)).toEqual([]);
  });

  it.each(files('messenger/messaging_items').filter((path) => !ODD.test(path)))('%s', (path) => {
    const sample = read(path) as { recipient: { id: string }; sender?: { id: string }; message?: { is_echo?: boolean } };
    const page = sample.message?.is_echo ? sample.sender?.id : sample.recipient.id;
    const items = channel('MESSENGER', page).parse({ object: 'page', entry: [{ id: page, messaging: [sample] }] }, arrival());
    expect(items.length > 0).toBe(Object.keys(sample).some((key) => ['message', 'postback', 'reaction', 'read', 'delivery'].includes(key)));
    expect(unread(items)).toEqual([]);
  });
});
