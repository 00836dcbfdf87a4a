// Reads a call of Twilio: one message of a customer, or one report about a message of ours. Twilio batches nothing.
import type { Arrival } from './channel.port.js';
import { UNSUPPORTED, text, type MediaReference, type MessageType, type Referral, type Said } from './content.js';
import type { Correspondent, DeliveryState, InboundItem } from './inbound.items.js';
import { MalformedPayload, TOO_DEEP, identifier, isRecord, phoneOf, storable, words, type Json } from './payload.js';

export interface TwilioSender {
  /** What stands before each address, and is no part of it here: `whatsapp:`. */
  prefix: '' | 'whatsapp:';
  accountSid: string;
  /** A phone number with its plus sign, a short code or the id of a messaging service. */
  externalId: string;
}

const MOST_MEDIA = 10;

// `queued` and what is like it: Twilio has taken it, which is what SENT says. Words that are not here say nothing about delivery.
// Source: "Message Status Values" of Twilio's Programmable Messaging documentation.
const STATE_OF_STATUS = new Map<string, DeliveryState>([
  ['accepted', 'SENT'], ['queued', 'SENT'], ['sending', 'SENT'], ['sent', 'SENT'], ['delivered', 'DELIVERED'], ['read', 'READ'],
  ['undelivered', 'FAILED'], ['failed', 'FAILED'], ['canceled', 'FAILED'],
]);

// Source: "Twilio support for opt-out keywords" of Twilio's documentation. Twilio keeps its own list of them and refuses with 21610.
const STOP = new Set(['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT']);
const START = new Set(['START', 'YES', 'UNSTOP']);

/** @throws MalformedPayload */
export function readTwilioCall(body: unknown, ours: TwilioSender, arrival: Arrival): InboundItem[] {
  if (!isRecord(body)) throw new MalformedPayload('The body is no call of Twilio: it must be a form.');
  const named = (name: string): string => {
    const value = identifier(body[name]);
    if (value === null) throw new MalformedPayload(`A call of Twilio has no ${name}.`);
    return value;
  };
  const [sid, account, from, to] = [named('MessageSid'), named('AccountSid'), named('From'), named('To')];
  // One account may have many numbers of several kinds, and one address of ours for all of them.
  if (account !== ours.accountSid || [from, to].some((address) => kindOf(address) !== ours.prefix)) return [];
  const [customer, number] = [from, to].map((address) => address.slice(ours.prefix.length)) as [string, string];
  const report = body.MessageStatus !== undefined || customer === ours.externalId;
  if (!isMeant(body, report ? customer : number, ours)) return [];
  return report ? readStatus(body, sid, named('MessageStatus'), arrival) : readMessage(body, sid, customer, ours, arrival);
}

function isMeant({ MessagingServiceSid: service }: Json, own: string, { externalId }: TwilioSender): boolean {
  if (!externalId.startsWith('MG')) return own === externalId;
  return service === undefined || service === externalId;
}

/** `whatsapp:`, `messenger:`; empty for phone numbers. */
const kindOf = (address: string): string => /^[a-z]+:/.exec(address)?.[0] ?? '';

/** The carrier's own time of a report has no zone: the moment it came here is nearer to the truth. */
function readStatus({ ErrorCode: code, ErrorMessage: message, ChannelStatusMessage: told }: Json, externalId: string, word: string, { receivedAt, notes }: Arrival): InboundItem[] {
  const state = STATE_OF_STATUS.get(word.toLowerCase());
  if (state === undefined) return [];
  const error = state === 'FAILED' ? { code: identifier(code) ?? 'unknown', title: words(message) ?? words(told) ?? `Twilio says ${word}.` } : null;
  return [{ kind: 'status', externalId, state, occurredAt: receivedAt, clientReference: notes.message ?? null, error }];
}

function readMessage(body: Json, externalId: string, from: string, { prefix }: TwilioSender, { receivedAt }: Arrival): InboundItem[] {
  const contact: Correspondent = { externalId: from, name: words(body.ProfileName), phone: from.startsWith('+') ? phoneOf(from) : null };
  const raw = storable(body);
  if (raw === undefined) throw new MalformedPayload(`A message of Twilio ${TOO_DEEP}.`);
  const forwarded = [body.Forwarded, body.FrequentlyForwarded].includes('true');
  const message: InboundItem = {
    kind: 'message', externalId, contact, ...readSaid(body), replyTo: identifier(body.OriginalRepliedMessageSid), forwarded, referral: readReferral(body), raw, sentAt: receivedAt,
  };
  const wanted = prefix === '' ? consentOf(body) : null;
  return wanted === null ? [message] : [message, { kind: 'consent', contact, wanted, occurredAt: receivedAt }];
}

/** By what Twilio's own rules for the number made of it, where they are set up; else by the word. */
function consentOf({ OptOutType: ruled, Body: said }: Json): boolean | null {
  const word = (identifier(ruled) ?? words(said) ?? '').toUpperCase();
  return STOP.has(word) ? false : START.has(word) ? true : null;
}

function readSaid(body: Json): Said {
  const said = words(body.Body);
  const choiceId = identifier(body.ButtonPayload) ?? identifier(body.ListId);
  const title = words(body.ButtonText) ?? words(body.ListTitle) ?? said;
  if (choiceId !== null && title !== null) return { type: 'CHOICE', text: title, content: { kind: 'choice', choiceId, description: words(body.ListDescription), answers: null } };
  const media = readMedia(body);
  const [first] = media;
  if (first) return { type: typeOf(first.mimeType), text: said, content: { kind: 'media', media, voice: false } };
  if (body.Latitude !== undefined) return readLocation(body, said) ?? UNSUPPORTED;
  return said === null ? UNSUPPORTED : text(identifier(body.Body) ?? said);
}

function readMedia(body: Json): MediaReference[] {
  const count = /^\d{1,2}$/.test(identifier(body.NumMedia) ?? '') ? Math.min(Number(body.NumMedia), MOST_MEDIA) : 0;
  return Array.from({ length: count }, (_, index) => index).flatMap((index): MediaReference[] => {
    const url = identifier(body[`MediaUrl${index}`]);
    return url === null ? [] : [{ externalId: null, url, mimeType: identifier(body[`MediaContentType${index}`]), fileName: null, sha256: null }];
  });
}

function typeOf(mimeType: string | null): MessageType {
  if (mimeType === 'image/webp') return 'STICKER';
  const kinds: Record<string, MessageType> = { image: 'IMAGE', video: 'VIDEO', audio: 'AUDIO' };
  return kinds[/^(image|video|audio)\//.exec(mimeType ?? '')?.[1] ?? ''] ?? 'DOCUMENT';
}

function readLocation(body: Json, said: string | null): Said | null {
  const degrees = (value: unknown, most: number): number | null =>
    typeof value === 'string' && /^-?\d{1,3}(\.\d{1,20})?$/.test(value) && Math.abs(Number(value)) <= most ? Number(value) : null;
  const [latitude, longitude] = [degrees(body.Latitude, 90), degrees(body.Longitude, 180)];
  if (latitude === null || longitude === null) return null;
  const [name, address] = [words(body.Label), words(body.Address)];
  return { type: 'LOCATION', text: said ?? name ?? address, content: { kind: 'location', latitude, longitude, name, address } };
}

function readReferral(body: Json): Referral | null {
  const [sourceId, url, headline] = [identifier(body.ReferralSourceId), identifier(body.ReferralSourceUrl), words(body.ReferralHeadline)];
  if (sourceId === null && url === null && headline === null) return null;
  return { source: body.ReferralSourceType === 'post' ? 'POST' : 'AD', sourceId, url, headline, body: words(body.ReferralBody) };
}
