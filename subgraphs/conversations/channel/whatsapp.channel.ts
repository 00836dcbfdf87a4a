// WhatsApp Cloud API (Meta Graph v23.0): signed webhooks in, text messages out.
import { z } from 'zod';
import { defineChannel, type ChannelSpec, type RefusalClass, type SendOutcome } from './channel.port.js';
import { META_ACKNOWLEDGEMENT, META_SIGNATURE, decodeJson, metaChallenge, metaSigned } from './meta.webhook.js';
import { clean, identifier, isRecord, type Json } from './payload.js';
import { readDelivery } from './whatsapp.inbound.js';

export const META_GRAPH_URL = 'https://graph.facebook.com';
const GRAPH_VERSION = 'v23.0';
const MAX_RESPONSE_BYTES = 1024 * 1024;
const MAX_MESSAGE_LENGTH = 1000;

// Source: "Cloud API error codes" and "Graph API error handling" of Meta's developer documentation.
const CODES_OF_CLASS: Readonly<Record<RefusalClass, readonly number[]>> = {
  retry: [4, 17, 32, 613, 80007, 130429, 131016, 131056],
  later: [130472, 131049],
  permanent: [132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016],
  reauthorise: [0, 104, 190],
  'opt-out': [131050],
  window: [131047],
};
const CLASS_OF_CODE = new Map(
  Object.entries(CODES_OF_CLASS).flatMap(([name, codes]) => codes.map((code) => [code, name as RefusalClass] as const)),
);

// Failures of connecting: no byte of the request left. Anything later may have reached the provider.
const NEVER_CONNECTED = new Set<unknown>(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

const credentials = z.object({
  appSecret: z.string(), verifyToken: z.string(), accessToken: z.string(),
  /** `phone_number_id` */
  externalId: z.string(),
});

const spec: ChannelSpec<z.infer<typeof credentials>> = {
  name: 'WHATSAPP',
  credentials,
  acknowledgement: META_ACKNOWLEDGEMENT,
  signatureHeader: META_SIGNATURE,

  verifySubscription: (query, { verifyToken }) => metaChallenge(query, verifyToken),
  verify: (call, { appSecret }) => metaSigned(call, appSecret),
  decode: decodeJson,
  envelopeId: () => null,
  parse: (body, { externalId }) => readDelivery(body, externalId),

  async send(message, { accessToken, externalId }, { baseUrl, fetch: request = fetch, signal }) {
    if (!/^[\x21-\x7e]+$/.test(accessToken)) {
      const reason = 'The access token of this inbox is empty or not printable ASCII.';
      return { kind: 'refused', class: 'reauthorise', code: 'invalid-token', message: reason };
    }
    if (signal.aborted) {
      return { kind: 'refused', class: 'retry', code: 'aborted', message: 'The attempt was ended before anything was sent.' };
    }
    try {
      const response = await request(`${baseUrl}/${GRAPH_VERSION}/${encodeURIComponent(externalId)}/messages`, {
        method: 'POST',
        redirect: 'manual',
        signal,
        headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({
          messaging_product: 'whatsapp',
          recipient_type: 'individual',
          to: message.to,
          type: 'text',
          text: { preview_url: false, body: message.text.toWellFormed() },
          biz_opaque_callback_data: message.clientReference,
        }),
      });
      const outcome = spec.classify(response.status, await readJson(response));
      // Graph repeats a malformed token in its error text, and these texts are stored and shown. Redact before cutting.
      if (outcome.kind === 'accepted') return outcome;
      return { ...outcome, message: shorten(outcome.message.replaceAll(accessToken, '[access token]')) };
    } catch (error) {
      const code = connectFailure(error);
      return code === null
        ? { kind: 'unclear', message: `No complete answer from WhatsApp: ${reasonOf(error)}` }
        : { kind: 'refused', class: 'retry', code, message: `WhatsApp could not be reached: ${reasonOf(error)}` };
    }
  },

  classify(status, body): SendOutcome {
    const answer = isRecord(body) ? body : {};
    const sent: unknown = Array.isArray(answer.messages) ? answer.messages[0] : undefined;
    const id = isRecord(sent) ? identifier(sent.id) : null;
    if (status >= 200 && status < 300 && id !== null) return { kind: 'accepted', externalId: id };

    const error = isRecord(answer.error) ? answer.error : null;
    const number = /^\d+$/.test(String(error?.code)) ? Number(error?.code) : null;
    const code = number === null ? `http-${status}` : String(number);
    const message = error === null ? `WhatsApp answered HTTP ${status} without a message id or a Graph error.` : explain(error);
    const known = number === null ? undefined : CLASS_OF_CODE.get(number);
    if (known !== undefined) return { kind: 'refused', class: known, code, message };
    // 408 is the one client error that a server may send with the work under way.
    if (status >= 400 && status < 500 && status !== 408) {
      return { kind: 'refused', class: status === 429 || error?.is_transient === true ? 'retry' : 'permanent', code, message };
    }
    return { kind: 'unclear', message: `${message} (HTTP ${status})` };
  },
};

export const whatsappChannel = defineChannel(spec);

function shorten(text: string): string {
  return text.slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
}

function explain({ message, error_data: data }: Json): string {
  const parts = [message, isRecord(data) ? data.details : undefined].filter((part) => typeof part === 'string' && part !== '');
  return clean(parts.join(': ') || 'WhatsApp gave no reason.');
}

/** The JSON of a response of at most 1 MiB; null when it is larger or no JSON. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_RESPONSE_BYTES) return null;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

/** The error code when connecting itself failed, else null. fetch wraps the reason in `cause`, and several in `errors`. */
function connectFailure(error: unknown): string | null {
  const cause = isRecord(error) && isRecord(error.cause) ? error.cause : {};
  const reasons: unknown[] = Array.isArray(cause.errors) && cause.errors.length > 0 ? cause.errors : [cause];
  const connecting = (reason: unknown) => isRecord(reason) && (reason.syscall === 'connect' || NEVER_CONNECTED.has(reason.code));
  return reasons.every(connecting) ? String(cause.code ?? 'ECONNREFUSED') : null;
}

function reasonOf(error: unknown): string {
  const cause = isRecord(error) && isRecord(error.cause) ? error.cause : error;
  if (!isRecord(cause)) return String(cause);
  return shorten(clean(String(cause.message || cause.code || cause.name)));
}
