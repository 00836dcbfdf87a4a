// What a provider's call can tell, the same for every channel. Each item has a key of its own, so that it counts once however often it comes.
import type { Referral, Said } from './content.js';

/** Somebody at the other end. */
export interface Correspondent {
  /** The provider's id of the person, unique within the inbox. */
  externalId: string;
  name: string | null;
  /** E.164 with its plus sign; null where the provider gives none. */
  phone: string | null;
}

interface StoredMessage extends Said {
  /** The provider's message id, unique within the inbox. */
  externalId: string;
  contact: Correspondent;
  /** The provider's id of the message it answers. */
  replyTo: string | null;
  forwarded: boolean;
  referral: Referral | null;
  /** The provider's own message object, made safe for jsonb. */
  raw: unknown;
  sentAt: Date;
}

export interface InboundMessage extends StoredMessage {
  kind: 'message';
}

/** A message to the customer as the provider tells it: one of ours, or one that was written in the provider's own app or by another program. */
export interface EchoedMessage extends StoredMessage {
  kind: 'echo';
  /** What came with it when it was sent: our own message id, if it is one of ours and the provider gives it back. */
  clientReference: string | null;
}

export type DeliveryState = 'SENT' | 'DELIVERED' | 'READ' | 'FAILED';

export interface StatusUpdate {
  kind: 'status';
  /** The provider's id of the message this is about. */
  externalId: string;
  state: DeliveryState;
  occurredAt: Date;
  /** Our own message id, where the provider echoes it. */
  clientReference: string | null;
  error: { code: string; title: string } | null;
}

/** Everything that was sent to this person up to this moment has come this far. */
export interface Watermark {
  kind: 'watermark';
  contact: Correspondent;
  state: 'DELIVERED' | 'READ';
  upTo: Date;
}

interface AboutMessage {
  /** The provider's id of the message it is about. */
  externalId: string;
  /** The customer of its conversation. */
  contact: Correspondent;
  /** Who says so: the customer, or the business in the provider's own app. */
  side: 'CONTACT' | 'BUSINESS';
  /** Of two, the later holds; of two at the same moment, that with the greater id. */
  occurredAt: Date;
  eventId: string;
}

/** What a message says from now on. */
export interface Edit extends AboutMessage {
  kind: 'edit';
  said: Said;
}

/** The sender took it back. */
export interface Deletion extends AboutMessage {
  kind: 'deletion';
}

export interface Reaction extends AboutMessage {
  kind: 'reaction';
  /** Null: it was taken off. */
  emoji: string | null;
}

export type Amendment = Edit | Deletion | Reaction;

/** The person is known by another id from now on. */
export interface IdentityChange {
  kind: 'identity';
  from: Correspondent;
  to: Correspondent;
  occurredAt: Date;
}

/** Whether the person wants to be written to by this inbox. */
export interface Consent {
  kind: 'consent';
  contact: Correspondent;
  wanted: boolean;
  occurredAt: Date;
}

export type InboundItem = InboundMessage | EchoedMessage | StatusUpdate | Watermark | Amendment | IdentityChange | Consent;
