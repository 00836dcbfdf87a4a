// Stands in for Meta's Graph API on loopback: takes WhatsApp, Messenger and Instagram messages as documented, and can be told to fail.
import { randomUUID } from 'node:crypto';
import { MetaAccounts } from './meta-graph.accounts.js';
import { flaw, graphError, isRecord, type Flaw, type Json } from './meta-graph.http.js';
import { MediaShelf } from './meta-graph.media.js';
import { isRecipient, messagingFlaw } from './meta-graph.messaging.js';
import { SAMPLE_TEMPLATES, templatePage, type StandInTemplate } from './meta-graph.templates.js';
import { whatsappFlaw } from './meta-graph.whatsapp.js';
import { jsonOf, startStandIn, type OtherCall, type Reply, type StandIn, type StandInOptions } from './standin.server.js';

export type { ScriptedAnswer } from './standin.server.js';

const SEND_PATH = /^\/v\d+\.\d+\/([^/]+)\/messages$/;
const TEMPLATES_PATH = /^\/v\d+\.\d+\/([^/]+)\/message_templates$/;
const BEARER = /^Bearer \S+$/;
/** Words of codes that a script may name alone, from "Cloud API error codes". */
const REASONS: Readonly<Record<number, string>> = {
  130429: 'Rate limit hit', 131047: 'Re-engagement message', 131050: 'User has stopped receiving marketing messages from this business', 131056: '(Business Account, Consumer Account) pair rate limit hit',
  132000: 'Number of parameters does not match the expected number of params', 190: 'Error validating access token',
};

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

/**
 * `POST /{version}/{phone-number-id}/messages` sends; `PUT /_templates` sets the templates of business accounts, which
 * `GET /{version}/{waba-id}/message_templates` lists. Files, accounts and sign-in are beside it.
 */
export function startMetaGraphStandIn(options?: StandInOptions): Promise<MetaGraphStandIn> {
  let templates: Readonly<Record<string, StandInTemplate[]>> = SAMPLE_TEMPLATES;
  const media = new MediaShelf();
  const accounts = new MetaAccounts();

  const other = ({ method, pathname, query, href, body, authorization }: OtherCall): Reply | null => {
    const account = TEMPLATES_PATH.exec(pathname)?.[1];
    if (method === 'GET' && account !== undefined) {
      if (!BEARER.test(authorization)) return invalidToken;
      const own = templates[decodeURIComponent(account)];
      return own ? { status: 200, body: templatePage(own, query, href) } : { status: 400, body: graphError(flaw(100, 'Unsupported get request. Object does not exist')) };
    }
    if (method === 'PUT' && pathname === '/_templates' && isRecord(body)) {
      templates = body as Record<string, StandInTemplate[]>;
      return { status: 204 };
    }
    return accounts.answer({ method, pathname, query, body, authorization });
  };

  return startStandIn<SentMessage>({
    sends: (path) => SEND_PATH.test(path),
    read: jsonOf,
    refuse: ({ authorization, body }) => {
      if (!BEARER.test(authorization) || accounts.refuses(authorization)) return invalidToken;
      const fault = flawOf(body, Object.values(templates).flat());
      return fault && { status: body === undefined ? 413 : 400, body: graphError(fault) };
    },
    take: ({ path, authorization, body }) => {
      const id = `${isRecipient(body) ? 'm_' : 'wamid.'}${Buffer.from(randomUUID()).toString('base64')}`;
      const phoneNumberId = decodeURIComponent(SEND_PATH.exec(path)?.[1] ?? '');
      return { taken: { path, phoneNumberId, authorization, body, id, receivedAt: new Date().toISOString() }, reply: { status: 200, body: answerTo(body, id) } };
    },
    stream: (request, response) => media.serve(request, response, `http://${request.headers.host}`),
    other,
    error: (what, words, code) => {
      if (what === 'unknown') return graphError(flaw(2500, `Unknown path components: ${words}`));
      return graphError(code === undefined ? flaw({ scripted: 2, script: 100, failed: 1 }[what], words) : flaw(code, REASONS[code] ?? words));
    },
  }, options);
}

const invalidToken: Reply = { status: 401, body: graphError(flaw(190, 'Invalid OAuth access token')) };

function answerTo(body: unknown, id: string): Json {
  // An action is no message: it has no id.
  if (isRecipient(body)) return { recipient_id: body.recipient.id, ...(body.sender_action === undefined ? { message_id: id } : {}) };
  const { to } = body as { to: string };
  return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to.replace(/\D/g, '') }], messages: [{ id }] };
}

function flawOf(body: unknown, templates: readonly StandInTemplate[]): Flaw | null {
  if (body === undefined) return flaw(100, 'Request is larger than 1 MiB');
  if (!isRecord(body)) return flaw(100, 'Request body must be a JSON object');
  return body.recipient === undefined ? whatsappFlaw(body, templates) : messagingFlaw(body);
}
