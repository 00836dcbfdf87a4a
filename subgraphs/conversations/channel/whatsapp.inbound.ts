// Reads a WhatsApp Cloud API webhook delivery: every message, status, reaction, edit and echo of one phone number, in array order.
import type { Amendment, Correspondent, DeliveryState, EchoedMessage, InboundItem, InboundMessage } from './inbound.items.js';
import { MalformedPayload, PayloadReader, TOO_DEEP, identifier, isRecord, phoneOf, secondsInstant, storable, words, type Json, type Read } from './payload.js';
import { readReferral, readSaid } from './whatsapp.content.js';

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
  if (!isRecord(body) || body['object'] !== 'whatsapp_business_account') {
    throw new MalformedPayload('The body is no WhatsApp delivery: "object" must be "whatsapp_business_account".');
  }
  if (!Array.isArray(body['entry'])) throw new MalformedPayload('The body is no WhatsApp delivery: "entry" must be an array.');
  const reader = new PayloadReader();
  reader.each(body['entry'], 'entry', (entry, entryPath) =>
    reader.each(entry['changes'], `${entryPath}.changes`, ({ field, value }, changePath) => {
      // Other fields (account, template and call notices) carry nothing that anybody wrote by this inbox.
      if (field !== 'messages' && field !== 'smb_message_echoes') return;
      const path = `${changePath}.value`;
      const number = isRecord(value) && isRecord(value['metadata']) ? identifier(value['metadata']['phone_number_id']) : null;
      if (!isRecord(value) || number === null) {
        reader.flaw(path, 'has no metadata.phone_number_id');
        return;
      }
      if (number !== phoneNumberId) return;
      const contacts = Array.isArray(value['contacts']) ? value['contacts'].filter(isRecord) : [];
      const each = (list: string, read: (element: Json) => Read): void =>
        reader.each(value[list], `${path}.${list}`, (element, at) => reader.take(read(element), at));
      each('messages', (message) => readMessage(message, contacts));
      each('message_echoes', (message) => readEcho(message, contacts));
      each('statuses', readStatus);
    }, true), true);
  return reader.end('WhatsApp');
}

function readMessage(message: Json, contacts: Json[]): Read {
  const contact = readContact(message, contacts);
  if (contact === null) return 'has no sender';
  return readAmendment(message, contact, 'CONTACT') ?? withNumberChange(message, readStored('message', message, contact));
}

/** What staff wrote in the WhatsApp Business app, which lives beside the API. */
function readEcho(message: Json, contacts: Json[]): Read {
  const to = identifier(message['to']) ?? identifier(message['to_user_id']);
  if (to === null) return 'has no recipient';
  const contact = { externalId: to, name: profileName(contacts.find(({ wa_id: id }) => id === to)), phone: phoneOf(to) };
  return readAmendment(message, contact, 'BUSINESS') ?? readStored('echo', message, contact);
}

function readStored(kind: 'message' | 'echo', message: Json, contact: Correspondent): InboundMessage | EchoedMessage | string {
  const externalId = identifier(message['id']);
  if (externalId === null) return 'has no id';
  const sentAt = secondsInstant(message['timestamp']);
  if (sentAt === null) return 'has no timestamp in seconds';
  const raw = storable(message);
  if (raw === undefined) return TOO_DEEP;
  const context = isRecord(message['context']) ? message['context'] : {};
  const forwarded = context['forwarded'] === true || context['frequently_forwarded'] === true;
  const stored = { externalId, contact, ...readSaid(message), replyTo: identifier(context['id']), forwarded, referral: readReferral(message), raw, sentAt };
  return kind === 'echo' ? { kind, ...stored, clientReference: null } : { kind, ...stored };
}

/** A reaction, an edit or a deletion; null when it is a message of its own. */
function readAmendment(message: Json, contact: Correspondent, side: Amendment['side']): Read {
  const { type } = message;
  const part = typeof type === 'string' && ['reaction', 'edit', 'revoke'].includes(type) ? message[type] : undefined;
  if (!isRecord(part)) return null;
  const eventId = identifier(message['id']);
  if (eventId === null) return 'has no id';
  const occurredAt = secondsInstant(message['timestamp']);
  if (occurredAt === null) return 'has no timestamp in seconds';
  const externalId = identifier(type === 'reaction' ? part['message_id'] : part['original_message_id']);
  if (externalId === null) return `names no message that its ${String(type)} is about`;
  const about = { externalId, contact, side, occurredAt, eventId };
  if (type === 'reaction') return { kind: 'reaction', ...about, emoji: words(part['emoji']) };
  if (type === 'revoke') return { kind: 'deletion', ...about };
  return isRecord(part['message']) ? { kind: 'edit', ...about, said: readSaid(part['message']) } : 'has an edit without a message';
}

/** A change of number is a line in the conversation, and the person is known by the new one. */
function withNumberChange({ system, identity }: Json, item: InboundMessage | EchoedMessage | string): Read {
  if (typeof item === 'string' || identity !== undefined || !isRecord(system) || system['type'] !== 'user_changed_number') return item;
  const number = identifier(system['wa_id']) ?? identifier(system['user_id']);
  if (number === null) return item;
  return [item, { kind: 'identity', from: item.contact, to: { externalId: number, name: item.contact.name, phone: phoneOf(number) }, occurredAt: item.sentAt }];
}

function readContact(message: Json, contacts: Json[]): Correspondent | null {
  const from = identifier(message['from']);
  const userId = identifier(message['from_user_id']);
  const isSender = ({ wa_id: number, user_id: user }: Json) => (from !== null && number === from) || (userId !== null && user === userId);
  const nameless = from === null && userId === null && contacts.length === 1;
  const entry = nameless ? contacts[0] : contacts.find(isSender);
  const number = from ?? identifier(entry?.['wa_id']);
  const externalId = number ?? userId ?? identifier(entry?.['user_id']);
  return externalId === null ? null : { externalId, name: profileName(entry), phone: phoneOf(number) };
}

const profileName = (entry: Json | undefined): string | null => (isRecord(entry?.['profile']) ? words(entry['profile']['name']) : null);

function readStatus(status: Json): Read {
  const state = STATE_OF_STATUS.get(status['status']);
  if (state === undefined) return null;
  const externalId = identifier(status['id']);
  if (externalId === null) return 'has no id';
  const occurredAt = secondsInstant(status['timestamp']);
  if (occurredAt === null) return 'has no timestamp in seconds';
  const fault: unknown = Array.isArray(status['errors']) ? status['errors'][0] : undefined;
  return {
    kind: 'status', externalId, state, occurredAt, clientReference: identifier(status['biz_opaque_callback_data']),
    error: isRecord(fault) ? { code: (typeof fault['code'] === 'number' ? String(fault['code']) : identifier(fault['code'])) ?? 'unknown', title: words(fault['title']) ?? words(fault['message']) ?? 'No reason given' } : null,
  };
}
