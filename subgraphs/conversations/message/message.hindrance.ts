// What keeps a message from being sent although its channel takes it: asked when it is queued, and again when it is handed over.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { ChannelName } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import { windowClosesAt } from '../channel/channel.rules.js';
import type { MessageType } from '../channel/content.js';

/** How it stands with whom a message is for. */
export interface Standing {
  channel: ChannelName;
  /** When they last wrote; null: never. */
  lastInboundAt: Date | null;
  optedOut: boolean;
}

export interface Hindrance {
  kind: 'window' | 'opt-out' | 'blocked' | 'unreachable' | 'unchangeable' | 'taken-over';
  code: 'WINDOW_CLOSED' | 'RECIPIENT_OPTED_OUT' | 'CONTACT_BLOCKED' | 'CONTACT_UNREACHABLE' | 'MESSAGE_UNCHANGEABLE' | 'PERSON_TOOK_OVER';
  message: string;
  /** Of a window; null when it never opened. */
  closedAt: Date | null;
}

const OPTED_OUT: Hindrance = { kind: 'opt-out', code: 'RECIPIENT_OPTED_OUT', message: 'The customer does not want to be written to by this inbox.', closedAt: null };

/** What may come about between the queue and the provider besides. */
export const BLOCKED: Hindrance = { kind: 'blocked', code: 'CONTACT_BLOCKED', message: 'The contact was blocked before this was sent.', closedAt: null };
export const UNREACHABLE: Hindrance = { kind: 'unreachable', code: 'CONTACT_UNREACHABLE', message: 'The inbox has no address of the contact any more.', closedAt: null };
export const UNCHANGEABLE: Hindrance = { kind: 'unchangeable', code: 'MESSAGE_UNCHANGEABLE', message: 'The message was not sent, nobody knows whether it was, or it was taken back.', closedAt: null };

export const TAKEN_OVER: Hindrance = { kind: 'taken-over', code: 'PERSON_TOOK_OVER', message: 'A person took over before what the bot wrote was sent.', closedAt: null };

/** @param byPerson written by one of staff, not by a bot */
export function hindranceOf({ channel, lastInboundAt, optedOut }: Standing, type: MessageType, now: Date, byPerson = true): Hindrance | null {
  if (optedOut) return OPTED_OUT;
  if (type === 'TEMPLATE') return null;
  const closesAt = windowClosesAt(channelFor(channel).sending, lastInboundAt, byPerson);
  if (closesAt === null || closesAt > now) return null;
  return { kind: 'window', code: 'WINDOW_CLOSED', message: 'Too long since the customer wrote: only a template may be sent until they write again.', closedAt: lastInboundAt && closesAt };
}

/** @param field path of what names whom the message is for @throws Refusal WindowClosed, RecipientOptedOut */
export function checkHindrance(standing: Standing, type: MessageType, now: Date, field: readonly string[], byPerson = true): void {
  const hindrance = hindranceOf(standing, type, now, byPerson);
  if (!hindrance) return;
  const { kind, message, closedAt } = hindrance;
  throw kind === 'window' ? new Refusal('WindowClosed', ErrorCode.WINDOW_CLOSED, message, field, { closedAt }) : new Refusal('RecipientOptedOut', ErrorCode.RECIPIENT_OPTED_OUT, message, field);
}
