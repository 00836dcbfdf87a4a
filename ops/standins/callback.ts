// Stands in for a tenant's own system behind an API inbox: takes signed messages on loopback, and can be told to fail.
import { randomUUID } from 'node:crypto';
import { isRecord, jsonOf, startStandIn, type Reply, type SendCall, type StandIn, type StandInOptions } from './standin.server.js';
import { signStandardWebhook } from './sign-webhook.js';

export const CALLBACK_PATH = '/callback';

/** One message that the stand-in took, as `GET /_sent` lists them, oldest first. */
export interface CallbackSent {
  webhookId: string;
  body: unknown;
  id: string;
}

interface Received { text: string; json: unknown }

/** `POST /callback` sends. @param secret `whsec_…` of the inbox */
export const startCallbackStandIn = (secret: string, options?: StandInOptions): Promise<StandIn> => startStandIn<CallbackSent>({
  sends: (path) => path === CALLBACK_PATH,
  read: (bytes): Received => ({ text: bytes.toString('utf8'), json: jsonOf(bytes) }),
  refuse: (call) => refuse(call, secret),
  take: ({ headers, body }) => {
    const id = `own_${randomUUID()}`;
    return { taken: { webhookId: headers['webhook-id'] ?? '', body: (body as Received).json, id }, reply: { status: 200, body: { id } } };
  },
  error: (_what, words) => ({ error: words }),
}, options);

function refuse({ headers, body }: SendCall, secret: string): Reply | null {
  if (body === undefined) return { status: 413, body: { error: 'Request is larger than 1 MiB' } };
  const { text, json } = body as Received;
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  const signed = signStandardWebhook(headers['webhook-id'] ?? '', text, secret, at)['webhook-signature'] ?? '';
  if (!headers['webhook-signature']?.split(' ').includes(signed)) return { status: 401, body: { error: 'The signature does not hold' } };
  return isRecord(json) ? null : { status: 400, body: { error: 'The body must be a JSON object' } };
}
