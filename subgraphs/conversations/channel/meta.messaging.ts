// Reads Messenger and Instagram webhook deliveries, which have one shape: everything of one page or account, in array order.
import { createHash } from 'node:crypto';
import { UNSUPPORTED, text, type MediaReference, type MessageType, type Referral, type Said, type ShareContent } from './content.js';
import type { Amendment, Correspondent, InboundItem } from './inbound.items.js';
import { MalformedPayload, PayloadReader, TOO_DEEP, identifier, isRecord, millisecondsInstant, storable, words, type Json, type Read } from './payload.js';

export interface MessagingDialect {
  /** `Messenger` */
  provider: string;
  /** What `object` of a delivery must be. */
  object: 'page' | 'instagram';
}

const NO_TIME = 'has no timestamp in milliseconds';
const MEDIA: Record<string, MessageType> = { image: 'IMAGE', video: 'VIDEO', audio: 'AUDIO', file: 'DOCUMENT' };
const SHARED: Record<string, ShareContent['shared']> = {
  story_mention: 'STORY_MENTION', share: 'POST', post: 'POST', ig_post: 'POST', ig_story: 'POST', reel: 'REEL', ig_reel: 'REEL', fallback: 'LINK',
};

/** @param account id of the page or the Instagram account; entries of others are skipped */
export function readMessagingDelivery(body: unknown, account: string, { provider, object }: MessagingDialect): InboundItem[] {
  if (!isRecord(body) || body.object !== object) throw new MalformedPayload(`The body is no ${provider} delivery: "object" must be "${object}".`);
  if (!Array.isArray(body.entry)) throw new MalformedPayload(`The body is no ${provider} delivery: "entry" must be an array.`);
  const reader = new PayloadReader();
  reader.each(body.entry, 'entry', (entry, path) => {
    if (identifier(entry.id) === null) reader.flaw(path, 'has no id');
    if (entry.id !== account) return;
    // `standby`: another app has the thread. What customers write is kept all the same.
    for (const list of ['messaging', 'standby']) reader.each(entry[list], `${path}.${list}`, (event, at) => reader.take(readEvent(event, account), at));
  }, true);
  return reader.end(provider);
}

function readEvent(event: Json, account: string): Read {
  const [sender, recipient] = [event.sender, event.recipient].map((side) => (isRecord(side) ? identifier(side.id) : null));
  const echoed = isRecord(event.message) && event.message.is_echo === true;
  const customer = echoed || sender === account ? recipient : sender;
  const told = ['message', 'message_edit', 'postback', 'reaction', 'read', 'delivery'].find((name) => isRecord(event[name]));
  // Hand-overs, payments, policies and the like: nothing that anybody wrote.
  if (told === undefined) return null;
  if (customer === null || customer === undefined) return 'has no customer';
  const contact = { externalId: customer, name: null, phone: null };
  const part = event[told] as Json;
  if (told === 'delivery') return readDelivered(part, contact);
  const at = instantOf(event.timestamp);
  if (told === 'read') return readRead(part, contact, at);
  if (at === null) return NO_TIME;
  if (told === 'message') return readMessage(part, contact, at);
  if (told === 'postback') return readPostback(part, contact, at);
  return readAmendment(told, part, { contact, side: sender === account ? 'BUSINESS' : 'CONTACT', occurredAt: at, eventId: `${at.getTime()}` });
}

function readMessage(message: Json, contact: Correspondent, at: Date): Read {
  const externalId = identifier(message.mid);
  if (externalId === null) return 'has a message without mid';
  const echoed = message.is_echo === true;
  if (message.is_deleted === true) return { kind: 'deletion', externalId, contact, side: echoed ? 'BUSINESS' : 'CONTACT', occurredAt: at, eventId: `${at.getTime()}` };
  const raw = storable(message);
  if (raw === undefined) return TOO_DEEP;
  const answered = isRecord(message.reply_to) ? identifier(message.reply_to.mid) : null;
  const stored = { externalId, contact, ...readSaid(message), replyTo: answered, forwarded: false, referral: readReferral(message.referral), raw, sentAt: at };
  return echoed ? { kind: 'echo', ...stored, clientReference: identifier(message.metadata) } : { kind: 'message', ...stored };
}

/** A button of the menu or of a template. One without a message id is known by its moment and what was chosen. */
function readPostback(postback: Json, contact: Correspondent, at: Date): Read {
  const choiceId = identifier(postback.payload) ?? words(postback.title);
  if (choiceId === null) return 'has a postback without payload and title';
  const digest = createHash('sha256').update(choiceId).digest('hex').slice(0, 16);
  const externalId = identifier(postback.mid) ?? `postback.${contact.externalId}.${at.getTime()}.${digest}`;
  const raw = storable(postback);
  if (raw === undefined) return TOO_DEEP;
  return {
    kind: 'message', externalId, contact, type: 'CHOICE', text: words(postback.title), content: { kind: 'choice', choiceId, description: null, answers: null },
    replyTo: null, forwarded: false, referral: readReferral(postback.referral), raw, sentAt: at,
  };
}

function readAmendment(told: string, part: Json, about: Pick<Amendment, 'contact' | 'side' | 'occurredAt' | 'eventId'>): Read {
  const externalId = identifier(part.mid);
  if (externalId === null) return `has a ${told} without mid`;
  if (told === 'reaction') return { kind: 'reaction', externalId, ...about, emoji: part.action === 'unreact' ? null : words(part.emoji) ?? words(part.reaction) };
  const edited = typeof part.text === 'string' ? identifier(part.text) ?? '' : null;
  return edited === null ? 'has an edit without text' : { kind: 'edit', externalId, ...about, eventId: `${about.eventId}.${String(editNumber(part.num_edit)).padStart(10, '0')}`, said: text(edited) };
}

/** How often it was edited; 0 where that is not told. */
const editNumber = (value: unknown): number => (Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31 ? Number(value) : 0);

function readDelivered(delivery: Json, contact: Correspondent): Read {
  const upTo = instantOf(delivery.watermark);
  if (upTo === null) return 'has a delivery without a watermark in milliseconds';
  const ids = (Array.isArray(delivery.mids) ? delivery.mids : []).map(identifier).filter((mid) => mid !== null);
  return [
    ...ids.map((externalId): InboundItem => ({ kind: 'status', externalId, state: 'DELIVERED', occurredAt: upTo, clientReference: null, error: null })),
    { kind: 'watermark', contact, state: 'DELIVERED', upTo },
  ];
}

/** Messenger tells up to when; Instagram which message, and everything before it. */
function readRead(read: Json, contact: Correspondent, at: Date | null): Read {
  const upTo = read.watermark === undefined ? at : instantOf(read.watermark);
  if (upTo === null) return 'has a read without a watermark or timestamp in milliseconds';
  const mid = identifier(read.mid);
  const named: InboundItem[] = mid === null ? [] : [{ kind: 'status', externalId: mid, state: 'READ', occurredAt: upTo, clientReference: null, error: null }];
  return [...named, { kind: 'watermark', contact, state: 'READ', upTo }];
}

function readSaid(message: Json): Said {
  const said = words(message.text);
  const quick = isRecord(message.quick_reply) ? identifier(message.quick_reply.payload) : null;
  if (quick !== null && said !== null) return { type: 'CHOICE', text: said, content: { kind: 'choice', choiceId: quick, description: null, answers: null } };
  const attachments = Array.isArray(message.attachments) ? message.attachments.filter(isRecord) : [];
  const [first] = attachments;
  if (first !== undefined) return readAttachments(first, attachments, said) ?? UNSUPPORTED;
  if (said === null) return UNSUPPORTED;
  const story = isRecord(message.reply_to) && isRecord(message.reply_to.story) ? message.reply_to.story : null;
  return story ? { type: 'SHARE', text: said, content: { kind: 'share', shared: 'STORY_REPLY', url: identifier(story.url), title: null } } : text(identifier(message.text) ?? said);
}

/** Several files are one message; what stands beside files without being one is not shown. */
function readAttachments(first: Json, all: Json[], said: string | null): Said | null {
  const kind = typeof first.type === 'string' ? first.type : '';
  const payload = isRecord(first.payload) ? first.payload : {};
  if (kind === 'location') return readLocation(payload, said);
  if (kind === 'like_heart') return text('❤️');
  if (Object.hasOwn(SHARED, kind)) {
    const url = [payload.url, payload.story_media_url, first.url, first.URL].map(identifier).find((one) => one !== null) ?? null;
    const title = words(payload.title) ?? words(first.title);
    return url === null && title === null ? null : { type: 'SHARE', text: said ?? title, content: { kind: 'share', shared: SHARED[kind] ?? 'LINK', url, title } };
  }
  const media = all.flatMap((one): MediaReference[] => {
    const url = isRecord(one.payload) ? identifier(one.payload.url) : null;
    return url !== null && typeof one.type === 'string' && Object.hasOwn(MEDIA, one.type) ? [{ externalId: null, url, mimeType: null, fileName: words(one.title), sha256: null }] : [];
  });
  const type = Object.hasOwn(MEDIA, kind) ? MEDIA[kind] : undefined;
  if (type === undefined || media.length === 0) return null;
  return { type: payload.sticker_id === undefined ? type : 'STICKER', text: said, content: { kind: 'media', media, voice: false } };
}

function readLocation({ coordinates }: Json, said: string | null): Said | null {
  const { lat, long } = isRecord(coordinates) ? coordinates : {};
  if (typeof lat !== 'number' || typeof long !== 'number' || Math.abs(lat) > 90 || Math.abs(long) > 180) return null;
  return { type: 'LOCATION', text: said, content: { kind: 'location', latitude: lat, longitude: long, name: null, address: null } };
}

function readReferral(referral: unknown): Referral | null {
  if (!isRecord(referral)) return null;
  const context = isRecord(referral.ads_context_data) ? referral.ads_context_data : {};
  const product = isRecord(referral.product) ? identifier(referral.product.id) : null;
  if (product !== null) return { source: 'PRODUCT', sourceId: product, url: null, headline: null, body: null };
  const source = referral.source === 'ADS' ? 'AD' : 'LINK';
  return { source, sourceId: identifier(referral.ad_id) ?? identifier(referral.ref), url: identifier(referral.referer_uri), headline: words(context.ad_title), body: null };
}

/** Milliseconds; some of Meta's own samples have ISO 8601 with a zone. */
function instantOf(value: unknown): Date | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(value)) return millisecondsInstant(value);
  const at = new Date(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at.getTime()) ? null : at;
}
