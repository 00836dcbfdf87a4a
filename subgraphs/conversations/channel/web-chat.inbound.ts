// Reads what a visitor of a web chat posts. Whatever is named begins with the visitor's own name: nobody can name what is another's.
import type { Arrival } from './channel.port.js';
import { UNSUPPORTED, text, type Said } from './content.js';
import type { Correspondent, InboundItem } from './inbound.items.js';
import { PayloadReader, TOO_DEEP, identifier, isRecord, storable, words, type Json, type Read } from './payload.js';

export const MOST_ITEMS = 50;
const MOST_READ = 100;
const MOST_TEXT = 4_096;
const MOST_FILES = 10;

const OF_STAFF = /^msg_[0-9a-z]{26}$/;
const UPLOADED = /^att_[0-9a-z]{26}$/;

/** How the inbox knows a message to a visitor. @param reference our own id of it */
export const staffMessage = (visitor: string, reference: string): string => `${visitor}/${reference}`;
/** How the inbox knows a message of a visitor. @param id as their client chose it */
export const visitorMessage = (visitor: string, id: string): string => `${visitor}:${id}`;
/** What their client chose; null for a message of staff. */
export const clientIdOf = (externalId: string): string | null => /:([A-Za-z0-9_-]{1,64})$/.exec(externalId)?.[1] ?? null;

/** @throws MalformedPayload */
export function readVisitor(body: unknown, { receivedAt, notes }: Arrival): InboundItem[] {
  const reader = new PayloadReader();
  const { visitor } = notes;
  const items = isRecord(body) ? body.items : undefined;
  if (visitor === undefined) reader.flaw('the call', 'names no visitor');
  else if (Array.isArray(items) && items.length > MOST_ITEMS) reader.flaw('items', `holds more than ${MOST_ITEMS}`);
  else {
    const contact: Correspondent = { externalId: visitor, name: words(notes.name), phone: null };
    let place = 0;
    reader.each(items, 'items', (item, path) => reader.take(readItem(item, contact, receivedAt, place++), path), true);
  }
  return reader.end('web chat');
}

/** @param place in its call: of two of one moment, the later holds */
function readItem(item: Json, contact: Correspondent, receivedAt: Date, place: number): Read {
  const visitor = contact.externalId;
  if (item.kind === 'read') return readMarks(item.messages, visitor, receivedAt);
  const id = ownId(item.id);
  if (id === null) return 'has no id of 1 to 64 letters, digits, hyphens and underscores that does not begin as ours do';
  if (item.kind === 'message') return readMessage(item, id, contact, receivedAt);
  const about = { contact, side: 'CONTACT' as const, occurredAt: receivedAt, eventId: `${String(place).padStart(3, '0')}.${id}` };
  const own = ownId(item.message);
  if (item.kind === 'reaction') {
    const externalId = named(item.message, visitor);
    const emoji = item.emoji === null ? null : words(item.emoji);
    if (externalId === null) return 'names no message';
    if (emoji === null && item.emoji !== null) return 'has no emoji, which is null when it is taken off';
    return emoji !== null && emoji.length > 32 ? 'has an emoji that is none' : { kind: 'reaction', externalId, ...about, emoji };
  }
  if (item.kind !== 'edit' && item.kind !== 'deletion') return 'has no kind of message, edit, deletion, reaction or read';
  if (own === null) return 'names no message of the visitor';
  const externalId = visitorMessage(visitor, own);
  if (item.kind === 'deletion') return { kind: 'deletion', externalId, ...about };
  if (item.type === 'file') return 'would be a file, which nothing is changed to';
  const said = readSaid(item);
  return typeof said === 'string' ? said : { kind: 'edit', externalId, ...about, said };
}

function readMarks(messages: unknown, visitor: string, receivedAt: Date): Read {
  const references = Array.isArray(messages) && messages.length <= MOST_READ ? messages.filter((one): one is string => typeof one === 'string' && OF_STAFF.test(one)) : [];
  if (!Array.isArray(messages) || references.length !== messages.length) return `has no list of at most ${MOST_READ} messages of staff`;
  return [...new Set(references)].map((reference): InboundItem =>
    ({ kind: 'status', externalId: staffMessage(visitor, reference), state: 'READ', occurredAt: receivedAt, clientReference: null, error: null }));
}

function readMessage(item: Json, id: string, contact: Correspondent, receivedAt: Date): Read {
  const said = readSaid(item);
  if (typeof said === 'string') return said;
  const raw = storable(item);
  if (raw === undefined) return TOO_DEEP;
  const replyTo = item.replyTo === undefined || item.replyTo === null ? null : named(item.replyTo, contact.externalId);
  if (replyTo === null && item.replyTo !== undefined && item.replyTo !== null) return 'answers what is no message';
  return { kind: 'message', externalId: visitorMessage(contact.externalId, id), contact, ...said, replyTo, forwarded: false, referral: null, raw, sentAt: receivedAt };
}

/** Its type is text when none is said. One that is not known here is kept. */
function readSaid(item: Json): Said | string {
  const { type = 'text' } = item;
  if (typeof item.text === 'string' && item.text.length > MOST_TEXT) return `has a text of more than ${MOST_TEXT} characters`;
  const said = words(item.text);
  if (type === 'text') return said === null ? 'has no text' : text(identifier(item.text) ?? said);
  if (type === 'file') return readFiles(item.files, said);
  if (type === 'choice') {
    const choiceId = identifier(item.choiceId);
    return choiceId === null || said === null ? 'has no choiceId and text' : { type: 'CHOICE', text: said, content: { kind: 'choice', choiceId, description: null, answers: null } };
  }
  if (type !== 'location') return typeof type === 'string' ? UNSUPPORTED : 'has a type that is no text';
  const within = (degrees: unknown, most: number): degrees is number => typeof degrees === 'number' && Math.abs(degrees) <= most;
  const { latitude, longitude } = item;
  if (!within(latitude, 90) || !within(longitude, 180)) return 'has no latitude and longitude in degrees';
  const [name, address] = [words(item.name), words(item.address)];
  return { type: 'LOCATION', text: said ?? name ?? address, content: { kind: 'location', latitude, longitude, name, address } };
}

/** What they are, their bytes say, once it is stored. */
function readFiles(files: unknown, said: string | null): Said | string {
  const ids = Array.isArray(files) ? files.filter((one): one is string => typeof one === 'string' && UPLOADED.test(one)) : [];
  if (!Array.isArray(files) || ids.length !== files.length || new Set(ids).size !== ids.length || ids.length < 1 || ids.length > MOST_FILES) return `has no files: 1 to ${MOST_FILES} ids of what was put there`;
  return { type: 'DOCUMENT', text: said, content: { kind: 'media', voice: false, media: ids.map((externalId) => ({ externalId, url: null, mimeType: null, fileName: null, sha256: null })) } };
}

const ownId = (value: unknown): string | null => (typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) && !OF_STAFF.test(value) ? value : null);

/** A message of either side. */
function named(value: unknown, visitor: string): string | null {
  if (typeof value === 'string' && OF_STAFF.test(value)) return staffMessage(visitor, value);
  const own = ownId(value);
  return own === null ? null : visitorMessage(visitor, own);
}
