// The port between conversations and a messaging provider: what each channel verifies, parses, sends and classifies.
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { SendingRules } from './channel.rules.js';
import type { MediaReference, MessageType, Said } from './content.js';
import type { InboundItem } from './inbound.items.js';
import type { Providers } from './providers.js';
import type { TemplateList } from './template.js';
import type { ChannelMedia, MediaAnswer, MediaOptions } from './media.port.js';

export const CHANNELS = ['WHATSAPP', 'MESSENGER', 'INSTAGRAM', 'TWILIO_SMS', 'TWILIO_WHATSAPP', 'WEB_CHAT', 'API'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** A provider's call as it came. */
export interface ReceivedCall {
  /** As the provider addressed it, with its query. */
  url: string;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** UUID of the inbox whose address was called. */
  inboxId: string;
  receivedAt: Date;
}

/** How stored bytes came: what their meaning may depend on besides themselves. */
export interface Arrival {
  receivedAt: Date;
  /** What the channel noted of the call (`ChannelSpec.note`). */
  notes: Readonly<Record<string, string>>;
}

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

/** A stored file on its way to a provider. */
export interface OutboundFile {
  /** As it was found to be, whatever was claimed. */
  mimeType: string;
  fileName: string | null;
  /** Bytes. */
  size: number;
  open(): Promise<Readable>;
  /** An address that anybody may fetch it from for some minutes. */
  url(): string;
}

export interface OutboundMessage {
  /** The contact's id at the provider. */
  to: string;
  said: Said;
  /** One for each of its `content.media`, in that order; none where it has no media. */
  files: readonly OutboundFile[];
  /** The provider's id of the message it answers. */
  replyTo: string | null;
  /** The window for automatic messages is over: a person writes, and says so. */
  humanAgent?: boolean;
  /** Instead of what `said` says: a reaction to the message that the provider knows by this id; `emoji` null takes it off. Its accepted outcome names no id. */
  reaction?: { to: string; emoji: string | null } | null;
  /** Instead of a message: what was sent under this id says something else from now on; `said` null: it is taken back. Its accepted outcome names no id. */
  change?: { to: string; said: Said | null } | null;
  /** Our message id; the provider echoes it in its status updates. */
  clientReference: string;
}

export interface SendOptions {
  providers: Providers;
  /** The webhook address of the inbox, for providers that are told with each message where to report. */
  webhookUrl?: string;
  fetch?: typeof fetch;
  /** Ends the attempt. Aborted before the call: refused as `retry`; aborted under way: `unclear`. */
  signal: AbortSignal;
}

/** Whether the provider takes the credentials of an inbox. */
export type TestOutcome =
  | { kind: 'passed' }
  /** It said no, and why. */
  | { kind: 'refused'; class: RefusalClass; code: string; message: string }
  /** It gave no complete answer. */
  | { kind: 'unreachable'; code: string; message: string };

/** What a provider is answered whose call was stored. */
export interface Acknowledgement {
  contentType: string;
  body: string;
}

/** One file a channel: how it behaves, given what it needs of its inbox. */
export interface ChannelSpec<Credentials> {
  readonly name: ChannelName;
  /** Its part of a webhook address: `/webhooks/{slug}/{inboxKey}`. */
  readonly slug: string;
  /** It is called at routes of its own, which do more than a webhook's, and not at a webhook address. */
  readonly ownRoutes?: true;
  /** The longest text that its provider takes. */
  readonly textLimit: { most: number; unit: 'characters' | 'bytes' };
  /** What it can send. Asked before a message is queued, so that `send` is given nothing else. */
  readonly sends: ReadonlySet<MessageType>;
  readonly sending: SendingRules;
  /** What it needs of its inbox, sealed at rest. */
  readonly credentials: z.ZodType<Credentials>;
  readonly acknowledgement: Acknowledgement;
  /** The header that carries the signature, so that a missing one can be told from a wrong one. */
  readonly signatureHeader: string;
  /** The challenge to answer with 200, or null for 403. Absent where the provider makes no such call. */
  verifySubscription?(query: URLSearchParams, credentials: Credentials): string | null;
  /** Over the raw bytes. False for a missing or badly formed signature too. */
  verify(call: ReceivedCall, credentials: Credentials): boolean | Promise<boolean>;
  /** What besides the body a verified call says that `parse` will need; it is kept with the bytes. */
  note?(call: ReceivedCall): Record<string, string>;
  /** What the bytes are, before anything is made of it; undefined when they are not of the provider's format. */
  decode(body: Buffer): unknown;
  /** The provider's id of the whole delivery; null where it has none and the body's digest must serve. */
  envelopeId(decoded: unknown, call: ReceivedCall): string | null;
  /** Every item meant for this inbox, in array order. The same for the same bytes that came in the same way. @throws MalformedPayload */
  parse(decoded: unknown, credentials: Credentials, arrival: Arrival): InboundItem[];
  send(message: OutboundMessage, credentials: Credentials, options: SendOptions): Promise<SendOutcome>;
  /** Asks the provider whether the credentials hold, and are those of this address. Absent where there is nobody to ask. */
  test?(credentials: Credentials, options: SendOptions): Promise<TestOutcome>;
  /** Of the channels that have templates; null when the inbox has none to ask for. */
  listTemplates?(credentials: Credentials, options: SendOptions): Promise<TemplateList> | null;
  /** What an HTTP answer to a send means; `body` is the parsed JSON, or null when it was none. */
  classify(status: number, body: unknown): SendOutcome;
  /** Files that it takes and gives; absent: none. */
  readonly media?: ChannelMedia;
  /** Gets a file from the provider. Its bytes are read, or given up, before the signal ends. */
  fetchMedia?(reference: MediaReference, credentials: Credentials, options: MediaOptions): Promise<MediaAnswer>;
}

/** A channel with the credentials of one inbox. */
export interface Channel {
  readonly name: ChannelName;
  readonly slug: string;
  readonly ownRoutes: boolean;
  /** As its channel defines them. */
  readonly credentials: unknown;
  readonly acknowledgement: Acknowledgement;
  readonly signatureHeader: string;
  verifySubscription(query: URLSearchParams): string | null;
  verify(call: ReceivedCall): boolean | Promise<boolean>;
  note(call: ReceivedCall): Record<string, string>;
  decode(body: Buffer): unknown;
  envelopeId(decoded: unknown, call: ReceivedCall): string | null;
  parse(decoded: unknown, arrival: Arrival): InboundItem[];
  send(message: OutboundMessage, options: SendOptions): Promise<SendOutcome>;
  fetchMedia(reference: MediaReference, options: MediaOptions): Promise<MediaAnswer>;
  /** Null: there is nobody to ask. */
  test(options: SendOptions): Promise<TestOutcome | null>;
  listTemplates(options: SendOptions): Promise<TemplateList> | null;
}

/** A channel as the registry knows it. */
export interface ChannelDefinition {
  readonly name: ChannelName;
  readonly slug: string;
  readonly textLimit: { most: number; unit: 'characters' | 'bytes' };
  readonly sends: ReadonlySet<MessageType>;
  readonly sending: SendingRules;
  /** Null: it takes and gives no files. */
  readonly media: ChannelMedia | null;
  classify(status: number, body: unknown): SendOutcome;
  /** @throws when the credentials are not what the channel needs */
  open(credentials: unknown): Channel;
}

export function defineChannel<Credentials>(spec: ChannelSpec<Credentials>): ChannelDefinition {
  return {
    name: spec.name, slug: spec.slug, textLimit: spec.textLimit, sends: spec.sends, sending: spec.sending,
    media: spec.media ?? null,
    classify: (status, body) => spec.classify(status, body),
    open: (given) => {
      const credentials = spec.credentials.parse(given);
      return {
        name: spec.name, slug: spec.slug, ownRoutes: spec.ownRoutes ?? false, credentials, acknowledgement: spec.acknowledgement, signatureHeader: spec.signatureHeader,
        verifySubscription: (query) => spec.verifySubscription?.(query, credentials) ?? null,
        verify: (call) => spec.verify(call, credentials),
        note: (call) => spec.note?.(call) ?? {},
        decode: (body) => spec.decode(body),
        envelopeId: (decoded, call) => spec.envelopeId(decoded, call),
        parse: (decoded, arrival) => spec.parse(decoded, credentials, arrival),
        send: (message, options) => spec.send(message, credentials, options),
        fetchMedia: async (reference, options) => await spec.fetchMedia?.(reference, credentials, options)
          ?? { kind: 'refused', again: false, reason: 'NOT_ALLOWED', message: 'This channel has no files.' },
        test: async (options) => await spec.test?.(credentials, options) ?? null,
        listTemplates: (options) => spec.listTemplates?.(credentials, options) ?? null,
      };
    },
  };
}
