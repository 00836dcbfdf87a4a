// For tests: of each channel signed calls with every kind that it knows, and what each must become.
import { CALLBACK_PATH, startCallbackStandIn } from '../../../ops/standins/callback.js';
import { startMetaGraphStandIn } from '../../../ops/standins/meta-graph.js';
import { signMetaBody, signStandardWebhook, signTwilioForm } from '../../../ops/standins/sign-webhook.js';
import type { StandIn, StandInOptions } from '../../../ops/standins/standin.server.js';
import { startTwilioStandIn } from '../../../ops/standins/twilio.js';
import { INBOX_ID, RECEIVED_AT } from '../../../test/kit/channels.js';
import type { ChannelName } from './channel.port.js';
import type { Json } from './payload.js';
import { issueToken } from './web-chat.token.js';

/** What was sent, and what it must become (a part of each item). */
export type Sample = [name: string, body: Json, items: Json[]];

export interface ChannelSamples {
  channel: ChannelName;
  credentials: Record<string, unknown>;
  /** Of them all that the provider is told, and could repeat. */
  secrets: string[];
  url: string;
  encode(body: unknown): string;
  /** Headers of a call with these bytes, signed with these credentials. */
  sign(body: string, credentials: Record<string, unknown>): Promise<Record<string, string>> | Record<string, string>;
  samples: Sample[];
  /** A kind that nobody knows yet. */
  unknown: Json;
  /** Many at once, where the provider batches: messages in this order, the third of them as given. */
  batch?(ids: readonly string[], odd?: unknown): Json;
  /** How many a batch may hold; absent: more than a provider ever sends. */
  most?: number;
  /** A message of that moment, where the provider says one. */
  at?(time: unknown): Json;
  /** What of `at` is a right time, and of what moment. */
  time?: [unknown, Date];
  standIn?(options?: StandInOptions): Promise<StandIn>;
  /** Where the credentials say to whom to send. */
  credentialsAt?(url: string): Record<string, unknown>;
}

const META = { appSecret: 'app-secret-1', verifyToken: 'verify-token-1', accessToken: 'EAA-access-token-1' };
const SECONDS = 1_760_000_000;
const MOMENT = new Date(SECONDS * 1000);
const signMeta = (body: string, { appSecret }: Record<string, unknown>): Record<string, string> => ({ 'x-hub-signature-256': signMetaBody(body, String(appSecret)) });

const NUMBER = '106540352242922';
const waValue = (value: Json, field = 'messages'): Json => ({ object: 'whatsapp_business_account', entry: [{ id: 'waba', changes: [{ field, value: { metadata: { phone_number_id: NUMBER }, ...value } }] }] });
const waText = (id: string): Json => ({ from: '15550001111', id, timestamp: String(SECONDS), type: 'text', text: { body: id } });
const waMessage = (kind: Json, value: Json = {}): Json => waValue({ ...value, messages: [{ from: '15550001111', id: 'wamid.1', timestamp: String(SECONDS), ...kind }] });
const waAbout = (kind: Json): Json => waMessage({ id: 'wamid.e', ...kind });

export const whatsappSamples: ChannelSamples = {
  channel: 'WHATSAPP', credentials: { ...META, externalId: NUMBER }, secrets: [META.accessToken], url: 'https://house.test/webhooks/whatsapp/key', encode: JSON.stringify, sign: signMeta, standIn: startMetaGraphStandIn,
  samples: [
    ['a text', waMessage({ type: 'text', text: { body: 'Hello' }, context: { id: 'wamid.0', forwarded: true } }, { contacts: [{ profile: { name: 'Ana' }, wa_id: '15550001111' }] }),
      [{ kind: 'message', externalId: 'wamid.1', contact: { externalId: '15550001111', name: 'Ana', phone: '+15550001111' }, type: 'TEXT', text: 'Hello', replyTo: 'wamid.0', forwarded: true, sentAt: MOMENT }]],
    ['a picture', waMessage({ type: 'image', image: { id: 'm1', mime_type: 'image/jpeg', sha256: Buffer.alloc(32).toString('base64'), caption: 'Look' } }), [{ type: 'IMAGE', text: 'Look', content: { kind: 'media' } }]],
    ['a voice note', waMessage({ type: 'audio', audio: { id: 'm1', voice: true } }), [{ type: 'AUDIO', content: { voice: true } }]],
    ['a place', waMessage({ type: 'location', location: { latitude: 45, longitude: 7, name: 'Home', address: 'Via Po' } }), [{ type: 'LOCATION', text: 'Home' }]],
    ['cards', waMessage({ type: 'contacts', contacts: [{ name: { formatted_name: 'Bob' }, org: { company: 'B' }, phones: [{ phone: '+1' }], emails: [{ email: 'b@x.test' }] }] }), [{ type: 'CONTACTS', text: 'Bob' }]],
    ['a button', waMessage({ type: 'button', button: { payload: 'YES', text: 'Yes' } }), [{ type: 'CHOICE', text: 'Yes' }]],
    ['a row of a list', waMessage({ type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: 'a', title: 'A', description: 'The a' } } }), [{ type: 'CHOICE', content: { choiceId: 'a', description: 'The a' } }]],
    ['a form', waMessage({ type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"a":1}' } } }), [{ type: 'CHOICE', content: { answers: { a: '1' } } }]],
    ['a cart', waMessage({ type: 'order', order: { catalog_id: 'c', text: 'Quick', product_items: [{ product_retailer_id: 'p', quantity: 2, item_price: 3.5, currency: 'EUR' }] } }), [{ type: 'ORDER', content: { products: [{ productId: 'p', priceMinor: 350 }] } }]],
    ['a new number', waMessage({ type: 'system', system: { type: 'user_changed_number', body: 'Changed', wa_id: '15550002222' } }), [{ type: 'SYSTEM' }, { kind: 'identity', to: { externalId: '15550002222' } }]],
    ['what brought them', waMessage({ type: 'text', text: { body: 'x' }, referral: { source_url: 'https://ad', source_id: '1', source_type: 'ad', headline: 'H', body: 'B' } }), [{ referral: { source: 'AD', sourceId: '1' } }]],
    ['a reaction', waAbout({ type: 'reaction', reaction: { message_id: 'wamid.0', emoji: '👍' } }), [{ kind: 'reaction', externalId: 'wamid.0', side: 'CONTACT', emoji: '👍' }]],
    ['an edit', waAbout({ type: 'edit', edit: { original_message_id: 'wamid.0', message: { type: 'text', text: { body: 'Better' } } } }), [{ kind: 'edit', said: { text: 'Better' } }]],
    ['a deletion', waAbout({ type: 'revoke', revoke: { original_message_id: 'wamid.0' } }), [{ kind: 'deletion', externalId: 'wamid.0' }]],
    ['an echo', waValue({ message_echoes: [{ from: NUMBER, to: '15550001111', id: 'wamid.o', timestamp: String(SECONDS), type: 'text', text: { body: 'Open' } }] }, 'smb_message_echoes'), [{ kind: 'echo', text: 'Open' }]],
    ['reports', waValue({ statuses: [
      { id: 'wamid.s', status: 'read', timestamp: String(SECONDS), recipient_id: '15550001111', biz_opaque_callback_data: 'msg_1' },
      { id: 'wamid.f', status: 'failed', timestamp: String(SECONDS), recipient_id: '15550001111', errors: [{ code: 131049, title: 'Healthy' }] }] }),
    [{ kind: 'status', state: 'READ', clientReference: 'msg_1', occurredAt: MOMENT }, { state: 'FAILED', error: { code: '131049', title: 'Healthy' } }]],
  ],
  unknown: waMessage({ type: 'hologram', hologram: { a: 1 } }),
  batch: (ids, odd) => waValue({ messages: ids.map((id, at) => (odd !== undefined && at === 2 ? odd : waText(id))) }),
  at: (timestamp) => waMessage({ type: 'text', text: { body: 'x' }, timestamp }), time: [String(SECONDS), MOMENT],
};

const ACCOUNT = '1234567';
const MILLISECONDS = SECONDS * 1000;
const messaging = (object: string, events: unknown[]): Json => ({ object, entry: [{ id: ACCOUNT, time: MILLISECONDS, messaging: events }] });

function metaMessagingSamples(channel: 'MESSENGER' | 'INSTAGRAM', object: string): ChannelSamples {
  const event = (part: Json, more: Json = {}): Json => messaging(object, [{ sender: { id: '7' }, recipient: { id: ACCOUNT }, timestamp: MILLISECONDS, ...part, ...more }]);
  const said = (message: Json): Json => event({ message: { mid: 'mid.1', ...message } });
  const fromUs = { sender: { id: ACCOUNT }, recipient: { id: '7' } };
  return {
    channel, credentials: { ...META, externalId: ACCOUNT }, secrets: [META.accessToken], url: `https://house.test/webhooks/${channel.toLowerCase()}/key`, encode: JSON.stringify, sign: signMeta, standIn: startMetaGraphStandIn,
    samples: [
      ['a text', said({ text: 'Hello', reply_to: { mid: 'mid.0' }, referral: { source: 'ADS', ad_id: '6', ads_context_data: { ad_title: 'Summer' } } }),
        [{ kind: 'message', externalId: 'mid.1', contact: { externalId: '7' }, type: 'TEXT', text: 'Hello', replyTo: 'mid.0', referral: { source: 'AD', headline: 'Summer' }, sentAt: MOMENT }]],
      ['a quick reply', said({ text: 'Red', quick_reply: { payload: 'RED' } }), [{ type: 'CHOICE', content: { choiceId: 'RED' } }]],
      ['a picture', said({ attachments: [{ type: 'image', payload: { url: 'https://a' } }] }), [{ type: 'IMAGE', content: { media: [{ url: 'https://a' }] } }]],
      ['a place', said({ attachments: [{ type: 'location', payload: { coordinates: { lat: 45, long: 7 } } }] }), [{ type: 'LOCATION' }]],
      ['a story', said({ attachments: [{ type: 'story_mention', payload: { url: 'https://s' } }] }), [{ type: 'SHARE', content: { shared: 'STORY_MENTION' } }]],
      ['a button', event({ postback: { title: 'Start', payload: 'START', mid: 'mid.p' } }), [{ type: 'CHOICE', text: 'Start' }]],
      ['a reaction', event({ reaction: { mid: 'mid.0', action: 'react', emoji: '❤️' } }), [{ kind: 'reaction', emoji: '❤️' }]],
      ['an edit', event({ message_edit: { mid: 'mid.0', text: 'Better', num_edit: 1 } }), [{ kind: 'edit', said: { text: 'Better' } }]],
      ['a deletion', event({ message: { mid: 'mid.0', is_deleted: true } }), [{ kind: 'deletion' }]],
      ['an echo', event({ message: { mid: 'mid.e', is_echo: true, text: 'Open', metadata: 'msg_9' } }, fromUs), [{ kind: 'echo', clientReference: 'msg_9' }]],
      ['a delivery', event({ delivery: { mids: ['mid.a'], watermark: MILLISECONDS } }), [{ kind: 'status', state: 'DELIVERED' }, { kind: 'watermark', state: 'DELIVERED', upTo: MOMENT }]],
      ['a reading', event({ read: { watermark: MILLISECONDS } }), [{ kind: 'watermark', state: 'READ', upTo: MOMENT }]],
    ],
    unknown: said({ attachments: [{ type: 'hologram' }] }),
    batch: (ids, odd) => messaging(object, ids.map((id, at) => (odd !== undefined && at === 2 ? odd : { sender: { id: '7' }, recipient: { id: ACCOUNT }, timestamp: MILLISECONDS, message: { mid: id, text: id } }))),
    at: (timestamp) => event({ message: { mid: 'mid.1', text: 'x' } }, { timestamp }), time: [MILLISECONDS, MOMENT],
  };
}

const TWILIO = { accountSid: 'AC00000000000000000000000000000001', authToken: 'twilio-auth-token-1', externalId: '+15550001000' };

function twilioSamples(channel: 'TWILIO_SMS' | 'TWILIO_WHATSAPP', prefix: string): ChannelSamples {
  const url = `https://house.test/webhooks/${channel.toLowerCase().replace('_', '-')}/key?message=msg_01h455vb4pex5vsknk084sn02q`;
  const incoming = (more: Json): Json => ({ MessageSid: 'SM1', SmsStatus: 'received', AccountSid: TWILIO.accountSid, From: `${prefix}+15550009999`, To: `${prefix}+15550001000`, NumMedia: '0', Body: '', ...more });
  const report = (MessageStatus: string, more: Json = {}): Json => ({ MessageSid: 'SM9', MessageStatus, AccountSid: TWILIO.accountSid, From: `${prefix}+15550001000`, To: `${prefix}+15550009999`, ...more });
  return {
    channel, credentials: TWILIO, secrets: [TWILIO.authToken, Buffer.from(`${TWILIO.accountSid}:${TWILIO.authToken}`).toString('base64')], url, standIn: startTwilioStandIn,
    encode: (body) => new URLSearchParams(body as Record<string, string>).toString(),
    sign: (body, { authToken }) => ({ 'x-twilio-signature': signTwilioForm(url, Object.fromEntries(new URLSearchParams(body)), String(authToken)) }),
    samples: [
      ['a text', incoming({ Body: 'Hello', ProfileName: 'Ana', OriginalRepliedMessageSid: 'SM0', Forwarded: 'true' }),
        [{ kind: 'message', externalId: 'SM1', contact: { externalId: '+15550009999', name: 'Ana', phone: '+15550009999' }, type: 'TEXT', text: 'Hello', replyTo: 'SM0', forwarded: true }]],
      ['a picture', incoming({ NumMedia: '1', MediaUrl0: 'https://m', MediaContentType0: 'image/jpeg' }), [{ type: 'IMAGE', content: { media: [{ url: 'https://m', mimeType: 'image/jpeg' }] } }]],
      ['a place', incoming({ Latitude: '45.5', Longitude: '7', Label: 'Home' }), [{ type: 'LOCATION', text: 'Home' }]],
      ['a button', incoming({ Body: 'Red', ButtonText: 'Red', ButtonPayload: 'RED' }), [{ type: 'CHOICE', content: { choiceId: 'RED' } }]],
      ['what brought them', incoming({ Body: 'x', ReferralSourceId: '1', ReferralSourceType: 'post', ReferralSourceUrl: 'https://ad' }), [{ referral: { source: 'POST', url: 'https://ad' } }]],
      ['a report', report('delivered'), [{ kind: 'status', externalId: 'SM9', state: 'DELIVERED', clientReference: 'msg_01h455vb4pex5vsknk084sn02q' }]],
      ['a failure', report('failed', { ErrorCode: '30003' }), [{ kind: 'status', state: 'FAILED', error: { code: '30003' } }]],
      ...(prefix === '' ? [['a word that ends it', incoming({ Body: 'STOP' }), [{ kind: 'message' }, { kind: 'consent', wanted: false }]] as Sample] : []),
    ],
    unknown: incoming({ MessageType: 'hologram' }),
  };
}

const ANA = 'v_0192f6a1';
const posted = (...items: unknown[]): Json => ({ items });
const CHAT_TOKEN = 'token-secret-1-token-secret-1-token-secret-1';
const FILE = 'att_01h455vb4pex5vsknk084sn02q';
const STAFF_MESSAGE = 'msg_01h455vb4pex5vsknk084sn02q';

const webChatSamples: ChannelSamples = {
  channel: 'WEB_CHAT', credentials: { tokenSecret: CHAT_TOKEN, identitySecret: 'identity-secret-1' }, secrets: [CHAT_TOKEN, 'identity-secret-1'], url: 'https://house.test/webhooks/web-chat/key/messages', encode: JSON.stringify,
  sign: async (_body, { tokenSecret }) => ({ authorization: `Bearer ${(await issueToken({ id: ANA, name: 'Ana' }, INBOX_ID, String(tokenSecret), RECEIVED_AT)).token}` }),
  samples: [
    ['a text', posted({ kind: 'message', id: '1', text: 'Hello', replyTo: STAFF_MESSAGE }),
      [{ kind: 'message', externalId: `${ANA}:1`, contact: { externalId: ANA, name: 'Ana', phone: null }, type: 'TEXT', text: 'Hello', replyTo: `${ANA}/${STAFF_MESSAGE}`, sentAt: RECEIVED_AT }]],
    ['a place', posted({ kind: 'message', id: '1', type: 'location', latitude: 45, longitude: 7, name: 'Home', address: 'Via Po' }), [{ type: 'LOCATION', text: 'Home' }]],
    ['a choice', posted({ kind: 'message', id: '1', type: 'choice', choiceId: 'RED', text: 'Red' }), [{ type: 'CHOICE', text: 'Red' }]],
    ['a file', posted({ kind: 'message', id: '1', type: 'file', files: [FILE], text: 'Look' }), [{ type: 'DOCUMENT', text: 'Look', content: { media: [{ externalId: FILE, url: null }] } }]],
    ['an edit', posted({ kind: 'edit', id: '2', message: '1', text: 'Better' }), [{ kind: 'edit', externalId: `${ANA}:1`, side: 'CONTACT', said: { text: 'Better' } }]],
    ['a deletion', posted({ kind: 'deletion', id: '3', message: '1' }), [{ kind: 'deletion', externalId: `${ANA}:1` }]],
    ['reactions', posted({ kind: 'reaction', id: '4', message: STAFF_MESSAGE, emoji: '👍' }, { kind: 'reaction', id: '5', message: '1', emoji: null }),
      [{ kind: 'reaction', externalId: `${ANA}/${STAFF_MESSAGE}`, emoji: '👍' }, { kind: 'reaction', externalId: `${ANA}:1`, emoji: null }]],
    ['a reading', posted({ kind: 'read', messages: [STAFF_MESSAGE] }), [{ kind: 'status', externalId: `${ANA}/${STAFF_MESSAGE}`, state: 'READ' }]],
  ],
  unknown: posted({ kind: 'message', id: '1', type: 'hologram', beams: 2 }),
  batch: (ids, odd) => posted(...ids.map((id, at) => (odd !== undefined && at === 2 ? odd : { kind: 'message', id, text: id }))), most: 50,
};

const API_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BOB = { id: 'bob', name: 'Bob', phone: '+15550001111' };
const ISO = '2025-10-09T08:53:20Z';
const apiMessage = (more: Json): Json => posted({ kind: 'message', id: 'a1', contact: BOB, sentAt: ISO, ...more });
const apiAbout = { contact: BOB, message: 'a0', at: ISO };

const apiSamples: ChannelSamples = {
  channel: 'API', credentials: { secret: API_SECRET, callbackUrl: 'https://bob.example.com/callback' }, secrets: [API_SECRET, API_SECRET.slice(6)], url: 'https://house.test/webhooks/api/key', encode: JSON.stringify,
  sign: (body, { secret }) => signStandardWebhook('evt_1', body, String(secret), RECEIVED_AT),
  standIn: (options) => startCallbackStandIn(API_SECRET, options), credentialsAt: (url) => ({ callbackUrl: `${url}${CALLBACK_PATH}` }),
  samples: [
    ['a text', apiMessage({ type: 'text', text: 'Hello', replyTo: 'a0', forwarded: true, referral: { source: 'AD', sourceId: '1', url: 'https://ad', headline: 'H', body: 'B' } }),
      [{ kind: 'message', externalId: 'a1', contact: { externalId: 'bob', name: 'Bob', phone: '+15550001111' }, type: 'TEXT', text: 'Hello', replyTo: 'a0', forwarded: true, referral: { source: 'AD' }, sentAt: MOMENT }]],
    ['a picture', apiMessage({ type: 'image', text: 'Look', media: [{ url: 'https://m', mimeType: 'image/png', fileName: 'a.png', sha256: 'a'.repeat(64) }] }), [{ type: 'IMAGE', content: { media: [{ url: 'https://m' }] } }]],
    ['a voice note', apiMessage({ type: 'audio', media: [{ url: 'https://m' }], voice: true }), [{ type: 'AUDIO', content: { voice: true } }]],
    ['a place', apiMessage({ type: 'location', latitude: 45, longitude: 7, name: 'Home', address: 'Via Po' }), [{ type: 'LOCATION', text: 'Home' }]],
    ['cards', apiMessage({ type: 'contacts', contacts: [{ name: 'Eve', organization: 'E', phones: ['+1'], emails: ['e@x.test'] }] }), [{ type: 'CONTACTS', text: 'Eve' }]],
    ['a choice', apiMessage({ type: 'choice', text: 'Red', choiceId: 'RED', description: 'The red', answers: { size: 'L' } }), [{ type: 'CHOICE', content: { choiceId: 'RED', answers: { size: 'L' } } }]],
    ['a cart', apiMessage({ type: 'order', catalogId: 'c', products: [{ productId: 'p', quantity: 2, priceMinor: 350, currency: 'EUR' }] }), [{ type: 'ORDER', content: { products: [{ productId: 'p' }] } }]],
    ['a share', apiMessage({ type: 'share', shared: 'LINK', url: 'https://l', title: 'L' }), [{ type: 'SHARE', text: 'L' }]],
    ['an echo', posted({ kind: 'echo', id: 'a2', contact: BOB, sentAt: ISO, text: 'Open', clientReference: 'msg_1' }), [{ kind: 'echo', text: 'Open', clientReference: 'msg_1' }]],
    ['reports', posted({ kind: 'status', message: 'a0', state: 'READ', at: ISO, clientReference: 'msg_1' }, { kind: 'status', message: 'a0', state: 'FAILED', at: ISO, error: { code: '7', title: 'No' } }),
      [{ kind: 'status', state: 'READ', clientReference: 'msg_1', occurredAt: MOMENT }, { state: 'FAILED', error: { code: '7', title: 'No' } }]],
    ['a watermark', posted({ kind: 'watermark', contact: BOB, state: 'READ', upTo: ISO }), [{ kind: 'watermark', state: 'READ', upTo: MOMENT }]],
    ['what is said about it', posted({ kind: 'edit', id: 'e1', ...apiAbout, text: 'Better' }, { kind: 'deletion', id: 'e2', ...apiAbout, side: 'BUSINESS' }, { kind: 'reaction', id: 'e3', ...apiAbout, emoji: '👍' }),
      [{ kind: 'edit', externalId: 'a0', said: { text: 'Better' } }, { kind: 'deletion', side: 'BUSINESS' }, { kind: 'reaction', emoji: '👍' }]],
    ['who they are', posted({ kind: 'identity', from: { id: 'bob' }, to: { id: 'robert' }, at: ISO }, { kind: 'consent', contact: BOB, wanted: false, at: ISO }), [{ kind: 'identity', to: { externalId: 'robert' } }, { kind: 'consent', wanted: false }]],
  ],
  unknown: apiMessage({ type: 'hologram', beams: 2 }),
  batch: (ids, odd) => posted(...ids.map((id, at) => (odd !== undefined && at === 2 ? odd : { kind: 'message', id, contact: BOB, sentAt: ISO, text: id }))),
  at: (sentAt) => apiMessage({ text: 'x', sentAt }), time: [ISO, MOMENT],
};

export const CHANNEL_SAMPLES: ChannelSamples[] = [
  whatsappSamples, metaMessagingSamples('MESSENGER', 'page'), metaMessagingSamples('INSTAGRAM', 'instagram'), twilioSamples('TWILIO_SMS', ''), twilioSamples('TWILIO_WHATSAPP', 'whatsapp:'), webChatSamples, apiSamples,
];
