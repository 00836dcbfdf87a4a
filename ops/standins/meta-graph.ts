// Stands in for Meta's Graph API on loopback: takes WhatsApp, Messenger and Instagram messages as documented, and can be told to fail.
import { randomUUID } from 'node:crypto';
import { isRecord, jsonOf, startStandIn, type Json, type Reply, type SendCall, type StandIn, type StandInOptions } from './standin.server.js';

export type { ScriptedAnswer } from './standin.server.js';

const MAX_TEXT_LENGTH = 4096; // characters, as Meta documents
const MAX_MESSENGER_TEXT_LENGTH = 2000;
const SEND_PATH = /^\/v\d+\.\d+\/([^/]+)\/messages$/;

/** One message that the stand-in took, as `GET /_sent` lists them, oldest first. What it refused is not listed. */
export interface SentMessage {
  path: string;
  phoneNumberId: string;
  authorization: string;
  body: unknown;
  /** The id it gave, or would have given had its answer not been scripted or dropped. */
  id: string;
  receivedAt: string;
}

/** `url` is the base before `/{version}`. */
export type MetaGraphStandIn = StandIn;

/** `POST /{version}/{phone-number-id}/messages` sends. */
export const startMetaGraphStandIn = (options?: StandInOptions): Promise<MetaGraphStandIn> => startStandIn<SentMessage>({
  sends: (path) => SEND_PATH.test(path),
  read: jsonOf,
  refuse,
  take: ({ path, authorization, body }) => {
    const id = `${isRecipient(body) ? 'm_' : 'wamid.'}${Buffer.from(randomUUID()).toString('base64')}`;
    const phoneNumberId = decodeURIComponent(SEND_PATH.exec(path)?.[1] ?? '');
    return { taken: { path, phoneNumberId, authorization, body, id, receivedAt: new Date().toISOString() }, reply: { status: 200, body: answerTo(body, id) } };
  },
  error: (what, words) => what === 'unknown' ? graphError(2500, `Unknown path components: ${words}`) : graphError({ scripted: 2, script: 100, failed: 1 }[what], words),
}, options);

function refuse({ authorization, body }: SendCall): Reply | null {
  if (!/^Bearer \S+$/.test(authorization)) return { status: 401, body: graphError(190, 'Invalid OAuth access token') };
  const flaw = flawOf(body);
  return flaw === null ? null : { status: body === undefined ? 413 : 400, body: graphError(100, `(#100) ${flaw}`) };
}

const isRecipient = (body: unknown): body is { recipient: { id: string } } => isRecord(body) && isRecord(body.recipient);

function answerTo(body: unknown, id: string): Json {
  if (isRecipient(body)) return { recipient_id: body.recipient.id, message_id: id };
  const { to } = body as { to: string };
  return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to.replace(/\D/g, '') }], messages: [{ id }] };
}

function flawOf(body: unknown): string | null {
  if (body === undefined) return 'Request is larger than 1 MiB';
  if (!isRecord(body)) return 'Request body must be a JSON object';
  if (body.recipient !== undefined) return messagingFlaw(body);
  if (body.messaging_product !== 'whatsapp') return 'The parameter messaging_product is required and must be "whatsapp"';
  if (typeof body.to !== 'string' || body.to === '') return 'The parameter to is required';
  if (body.type !== 'text') return 'The parameter type is required; this stand-in takes "text"';
  const text = isRecord(body.text) ? body.text.body : undefined;
  if (typeof text !== 'string' || text === '') return "The parameter text['body'] is required";
  return text.length > MAX_TEXT_LENGTH ? `Param text['body'] must be at most ${MAX_TEXT_LENGTH} characters long` : null;
}

/** The Send API of Messenger and Instagram. */
function messagingFlaw({ recipient, messaging_type: type, message }: Json): string | null {
  if (!isRecord(recipient) || typeof recipient.id !== 'string' || recipient.id === '') return 'The parameter recipient is required';
  if (!['RESPONSE', 'UPDATE', 'MESSAGE_TAG'].includes(String(type))) return 'The parameter messaging_type must be RESPONSE, UPDATE or MESSAGE_TAG';
  const text = isRecord(message) ? message.text : undefined;
  if (typeof text !== 'string' || text === '') return "The parameter message['text'] is required";
  return text.length > MAX_MESSENGER_TEXT_LENGTH ? `Length of param message[text] must be less than or equal to ${MAX_MESSENGER_TEXT_LENGTH}` : null;
}

function graphError(code: number, message: string): Json {
  return { error: { message, type: 'OAuthException', code, fbtrace_id: randomUUID().replaceAll('-', '').slice(0, 23) } };
}
