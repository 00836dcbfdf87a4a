// The port between conversations and a messaging provider: what each channel verifies, parses, sends and classifies.

export type ChannelName = 'WHATSAPP';

/** What a channel needs of its inbox, decrypted. */
export interface ChannelCredentials {
  appSecret: string;
  verifyToken: string;
  accessToken: string;
  /** The provider's id of the inbox. WhatsApp: `phone_number_id`. */
  externalId: string;
}

export interface InboundMessage {
  kind: 'message';
  /** The provider's message id, unique within the inbox. */
  externalId: string;
  /** `externalId` is the provider's id of the person; `phone` is E.164 with its plus sign, null where the provider gives none. */
  contact: { externalId: string; name: string | null; phone: string | null };
  type: 'TEXT' | 'UNSUPPORTED';
  /** Null exactly when the type is UNSUPPORTED. */
  text: string | null;
  /** The provider's own message object, made safe for jsonb. */
  raw: unknown;
  sentAt: Date;
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

export type InboundItem = InboundMessage | StatusUpdate;

/**
 * Why the provider refused: `retry` soon with back-off, `later` not today, `permanent` never as it is, `reauthorise` the
 * inbox needs a new token, `opt-out` the person does not want it, `window` only a template may be sent now.
 */
export type RefusalClass = 'retry' | 'later' | 'permanent' | 'reauthorise' | 'opt-out' | 'window';

/**
 * `accepted`: the provider took it. `refused`: it certainly did not take it. `unclear`: it may have taken it, so nobody
 * sends again by itself.
 */
export type SendOutcome =
  | { kind: 'accepted'; externalId: string }
  | { kind: 'refused'; class: RefusalClass; code: string; message: string }
  | { kind: 'unclear'; message: string };

export interface OutboundText {
  /** The contact's id at the provider. */
  to: string;
  text: string;
  /** Our message id; the provider echoes it in its status updates. */
  clientReference: string;
}

export interface SendOptions {
  /** Scheme and host of the provider's API, without version and without a slash at the end. */
  baseUrl: string;
  fetch?: typeof fetch;
  /** Ends the attempt. Aborted before the call: refused as `retry`; aborted under way: `unclear`. */
  signal: AbortSignal;
}

/**
 * A signed body that is not what the provider documents. `items` holds what could be read all the same, so that one bad
 * item does not cost the others of its batch: store them, and record the failure.
 */
export class MalformedPayload extends Error {
  override readonly name = 'MalformedPayload';

  constructor(message: string, readonly items: InboundItem[] = []) {
    super(message);
  }
}

export interface ChannelAdapter {
  readonly name: ChannelName;
  /** The challenge to answer with 200, or null for 403. */
  verifySubscription(query: URLSearchParams, credentials: ChannelCredentials): string | null;
  /** Header names in lower case. False for a missing or badly formed signature too. */
  verifySignature(rawBody: Buffer, headers: Record<string, string | undefined>, credentials: ChannelCredentials): boolean;
  /** The provider's id of the whole delivery; null where it has none and the body's digest must serve. */
  envelopeId(body: unknown): string | null;
  /** Every item meant for this inbox, in array order. Throws MalformedPayload. */
  parse(body: unknown, credentials: ChannelCredentials): InboundItem[];
  send(message: OutboundText, credentials: ChannelCredentials, options: SendOptions): Promise<SendOutcome>;
  /** What an HTTP answer to a send means; `body` is the parsed JSON, or null when it was none. */
  classify(status: number, body: unknown): SendOutcome;
}
