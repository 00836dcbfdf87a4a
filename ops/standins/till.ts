// Stands in for a tenant's till: takes signed webhooks on loopback, believes nothing that is not signed or is old, tells what came twice, and can be told to be down.
import { isRecord, jsonOf, startStandIn, type Reply, type SendCall, type StandIn, type StandInOptions } from './standin.server.js';
import { signStandardWebhook } from './sign-webhook.js';

export const TILL_PATH = '/hooks';
const TOLERANCE_SECONDS = 300;

/** One webhook that the till took, as `GET /_sent` lists them, oldest first. */
export interface TillTaken {
  webhookId: string;
  /** It had taken it before: nothing is done again. */
  again: boolean;
  /** Signatures that came with it. */
  signatures: number;
  body: { type: string; version: number; timestamp: string; data: Record<string, unknown> };
}

interface Received { text: string; json: unknown }

/** `POST /hooks` is called. `PUT /_secrets` replaces what it believes: `["whsec_…"]`. */
export function startTillStandIn(options?: StandInOptions): Promise<StandIn> {
  let secrets: string[] = [];
  const known = new Set<string>();
  return startStandIn<TillTaken>({
    sends: (path) => path === TILL_PATH,
    read: (bytes): Received => ({ text: bytes.toString('utf8'), json: jsonOf(bytes) }),
    refuse: (call) => refuse(call, secrets),
    take: ({ headers, body }) => {
      const webhookId = headers['webhook-id'] ?? '';
      const again = known.has(webhookId);
      known.add(webhookId);
      return { taken: { webhookId, again, signatures: headers['webhook-signature']?.split(' ').length ?? 0, body: (body as Received).json as TillTaken['body'] }, reply: { status: 204 } };
    },
    other: ({ method, pathname, body }) => {
      if (method !== 'PUT' || pathname !== '/_secrets' || !Array.isArray(body)) return null;
      secrets = body.map(String);
      return { status: 204 };
    },
    error: (_what, words) => ({ error: words }),
  }, options);
}

function refuse({ headers, body }: SendCall, secrets: readonly string[]): Reply | null {
  if (body === undefined) return { status: 413, body: { error: 'Request is larger than 1 MiB' } };
  const { text, json } = body as Received;
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  if (!(Math.abs(at.getTime() - Date.now()) <= TOLERANCE_SECONDS * 1000)) return { status: 401, body: { error: 'The call is too old, or of a time to come' } };
  const believed = secrets.map((secret) => signStandardWebhook(headers['webhook-id'] ?? '', text, secret, at)['webhook-signature']);
  if (!headers['webhook-signature']?.split(' ').some((one) => believed.includes(one))) return { status: 401, body: { error: 'The signature does not hold' } };
  return isRecord(json) && isRecord(json['data']) ? null : { status: 400, body: { error: 'The body is not as agreed' } };
}
