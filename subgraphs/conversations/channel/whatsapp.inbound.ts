// Reads a WhatsApp Cloud API webhook delivery: every message and status of one phone number, in array order.
import { MalformedPayload } from './channel.port.js';
import type { DeliveryState, InboundItem, InboundMessage, StatusUpdate } from './channel.port.js';

export type Json = Record<string, unknown>;

const MAX_DEPTH = 100;

// `played` is a voice message that was listened to. Words that are not here (deleted, warning) say nothing about delivery.
const STATE_OF_STATUS = new Map<unknown, DeliveryState>([
  ['sent', 'SENT'],
  ['delivered', 'DELIVERED'],
  ['read', 'READ'],
  ['played', 'READ'],
  ['failed', 'FAILED'],
]);

/**
 * The items for one phone number; changes of another one and of other fields are skipped.
 * Throws MalformedPayload, with the items that could be read, when anything meant for this number could not.
 */
export function readDelivery(body: unknown, phoneNumberId: string): InboundItem[] {
  if (!isRecord(body) || body.object !== 'whatsapp_business_account') {
    throw new MalformedPayload('The body is no WhatsApp delivery: "object" must be "whatsapp_business_account".');
  }
  if (!Array.isArray(body.entry)) throw new MalformedPayload('The body is no WhatsApp delivery: "entry" must be an array.');
  const items: InboundItem[] = [];
  const flaws: string[] = [];
  const each = (list: unknown, path: string, visit: (element: Json, path: string) => void) => {
    if (!Array.isArray(list)) {
      flaws.push(`${path} must be an array`);
      return;
    }
    list.forEach((element: unknown, index) => {
      const at = `${path}[${index}]`;
      if (isRecord(element)) visit(element, at);
      else flaws.push(`${at} must be an object`);
    });
  };
  const take = (list: unknown, path: string, read: (element: Json) => InboundItem | string | null) => {
    if (list === undefined) return;
    each(list, path, (element, at) => {
      const item = read(element);
      if (typeof item === 'string') flaws.push(`${at} ${item}`);
      else if (item !== null) items.push(item);
    });
  };
  each(body.entry, 'entry', (entry, entryPath) =>
    each(entry.changes, `${entryPath}.changes`, ({ field, value }, changePath) => {
      // Other fields (account, template, call and echo notices) carry nothing that a customer wrote to this inbox.
      if (field !== 'messages') return;
      const path = `${changePath}.value`;
      if (!isRecord(value) || !isRecord(value.metadata) || identifier(value.metadata.phone_number_id) === null) {
        flaws.push(`${path} has no metadata.phone_number_id`);
        return;
      }
      if (value.metadata.phone_number_id !== phoneNumberId) return;
      const contacts = Array.isArray(value.contacts) ? value.contacts.filter(isRecord) : [];
      take(value.messages, `${path}.messages`, (message) => readMessage(message, contacts));
      take(value.statuses, `${path}.statuses`, readStatus);
    }),
  );
  if (flaws.length > 0) throw new MalformedPayload(`Parts of a WhatsApp delivery cannot be read: ${summary(flaws)}.`, items);
  return items;
}

function readMessage(message: Json, contacts: Json[]): InboundMessage | string {
  const externalId = identifier(message.id);
  if (externalId === null) return 'has no id';
  const sentAt = instant(message.timestamp);
  if (sentAt === null) return 'has no timestamp in seconds';
  const contact = readContact(message, contacts);
  if (contact === null) return 'has no sender';
  const raw = storable(message);
  if (raw === undefined) return `is nested deeper than ${MAX_DEPTH} levels`;
  const text = readText(message);
  return { kind: 'message', externalId, contact, type: text === null ? 'UNSUPPORTED' : 'TEXT', text, raw, sentAt };
}

function readContact(message: Json, contacts: Json[]): InboundMessage['contact'] | null {
  const from = identifier(message.from);
  const userId = identifier(message.from_user_id);
  const isSender = ({ wa_id, user_id }: Json) => (from !== null && wa_id === from) || (userId !== null && user_id === userId);
  const nameless = from === null && userId === null && contacts.length === 1;
  const entry = nameless ? contacts[0] : contacts.find(isSender);
  const number = from ?? identifier(entry?.wa_id);
  const externalId = number ?? userId ?? identifier(entry?.user_id);
  if (externalId === null) return null;
  const name = isRecord(entry?.profile) && typeof entry.profile.name === 'string' ? clean(entry.profile.name).trim() : '';
  const phone = number !== null && /^\d{5,15}$/.test(number) ? `+${number}` : null;
  return { externalId, name: name === '' ? null : name, phone };
}

/** What the person wrote or chose: a text, or the title of a button or list row. */
function readText({ type, text, button, interactive }: Json): string | null {
  let words: unknown = null;
  if (type === 'text' && isRecord(text)) words = text.body;
  if (type === 'button' && isRecord(button)) words = button.text;
  if (type === 'interactive' && isRecord(interactive)) {
    const reply = interactive.button_reply ?? interactive.list_reply;
    if (isRecord(reply)) words = reply.title;
  }
  return typeof words === 'string' ? clean(words) : null;
}

function readStatus(status: Json): StatusUpdate | string | null {
  const state = STATE_OF_STATUS.get(status.status);
  if (state === undefined) return null;
  const externalId = identifier(status.id);
  if (externalId === null) return 'has no id';
  const occurredAt = instant(status.timestamp);
  if (occurredAt === null) return 'has no timestamp in seconds';
  const fault: unknown = Array.isArray(status.errors) ? status.errors[0] : undefined;
  const title = isRecord(fault) ? [fault.title, fault.message].find((text) => typeof text === 'string') : undefined;
  return {
    kind: 'status', externalId, state, occurredAt, clientReference: identifier(status.biz_opaque_callback_data),
    error: isRecord(fault) ? { code: clean(String(fault.code ?? 'unknown')), title: clean(title ?? 'No reason given') } : null,
  };
}

/** PostgreSQL stores neither NUL nor half a surrogate pair, in text or in jsonb: both become U+FFFD. */
export function clean(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

/** The same value with every key and string clean, or undefined when it is nested too deeply to be stored. */
function storable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  const pairs = Object.entries(value).map(([key, inner]) => [clean(key), storable(inner, depth + 1)] as const);
  if (pairs.some(([, inner]) => inner === undefined)) return undefined;
  return Array.isArray(value) ? pairs.map(([, inner]) => inner) : Object.fromEntries(pairs);
}

/** Seconds since 1970 as the digits Meta sends. Twelve digits or more would be milliseconds, read wrongly. */
function instant(seconds: unknown): Date | null {
  const digits = typeof seconds === 'number' ? String(seconds) : seconds;
  return typeof digits === 'string' && /^\d{1,11}$/.test(digits) ? new Date(Number(digits) * 1000) : null;
}

export function identifier(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? clean(value) : null;
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function summary(flaws: string[]): string {
  return flaws.slice(0, 5).join('; ') + (flaws.length > 5 ? `; and ${flaws.length - 5} more` : '');
}
