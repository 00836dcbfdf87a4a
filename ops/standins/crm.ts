// Stands in for a program of the tenant's own, e.g. a CRM: answers signed questions about contacts on loopback, and can be told to fail.
import { isRecord, jsonOf, startStandIn, type Reply, type SendCall, type StandIn, type StandInOptions } from './standin.server.js';
import { signStandardWebhook } from './sign-webhook.js';

export const CARDS_PATH = '/cards';

/** One question that the stand-in took, as `GET /_sent` lists them, oldest first. */
export interface CrmAsked {
  webhookId: string;
  body: unknown;
}

interface Received { text: string; json: unknown }

/** What a question is answered with: by e-mail address of the contact. */
export type CrmCards = Record<string, unknown>;

/** `POST /cards` asks. `PUT /_secrets` replaces what it believes, `PUT /_cards` what it knows: `{ [email]: card }`. */
export function startCrmStandIn(options?: StandInOptions): Promise<StandIn> {
  let secrets: string[] = [];
  let cards: CrmCards = {};
  return startStandIn<CrmAsked>({
    sends: (path) => path === CARDS_PATH,
    read: (bytes): Received => ({ text: bytes.toString('utf8'), json: jsonOf(bytes) }),
    refuse: (call) => refuse(call, secrets),
    take: ({ headers, body }) => {
      const { json } = body as Received;
      const contact = isRecord(json) && isRecord(json['contact']) ? json['contact'] : {};
      const asked = isRecord(json) && json['type'] === 'contact.card';
      return {
        taken: { webhookId: headers['webhook-id'] ?? '', body: json },
        reply: { status: 200, body: asked ? { card: cards[String(contact['email'])] ?? null } : { pong: true } },
      };
    },
    other: ({ method, pathname, body }) => {
      if (method !== 'PUT') return null;
      if (pathname === '/_secrets' && Array.isArray(body)) secrets = body.map(String);
      else if (pathname === '/_cards' && isRecord(body)) cards = body;
      else return null;
      return { status: 204 };
    },
    error: (_what, words) => ({ error: words }),
  }, options);
}

function refuse({ headers, body }: SendCall, secrets: readonly string[]): Reply | null {
  if (body === undefined) return { status: 413, body: { error: 'Request is larger than 1 MiB' } };
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  const believed = secrets.map((secret) => signStandardWebhook(headers['webhook-id'] ?? '', (body as Received).text, secret, at)['webhook-signature']);
  return headers['webhook-signature']?.split(' ').some((one) => believed.includes(one)) ? null : { status: 401, body: { error: 'The signature does not hold' } };
}
