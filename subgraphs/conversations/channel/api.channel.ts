// A system of the tenant's own as a channel: it posts signed webhooks of our shape, and is posted signed messages at its address.
import { z } from 'zod';
import { fetchGiven } from '../../kernel/base/given-address.js';
import { isStandardSigned, standardHeaders, webhookSecret, WEBHOOK_ID, WEBHOOK_SIGNATURE } from '../../kernel/crypto/standard-webhooks.js';
import { readApiCall } from './api.inbound.js';
import { defineChannel, type ChannelSpec, type OutboundMessage, type SendOutcome } from './channel.port.js';
import { UNBOUND, WHATSAPP_RULES } from './channel.rules.js';
import { ANY_MEDIA } from './media.any.js';
import { fetchFile } from './media.fetch.js';
import type { ChannelMedia } from './media.port.js';
import { decodeJson } from './meta.webhook.js';
import { clean, identifier, isRecord } from './payload.js';
import { callProvider, outcomeOfStatus } from './provider.call.js';

const PROVIDER = 'The callback';

const credentials = z.object({
  /** `whsec_…`: calls both ways are signed with it. */
  secret: webhookSecret,
  /** The one before, while it still holds. */
  previousSecret: webhookSecret.optional(),
  /** Where messages are posted: https, at the public internet. */
  callbackUrl: z.string().max(2_048).refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && !text.includes('@'), { error: 'must be an address without a name or password' }),
});
type Credentials = z.infer<typeof credentials>;

const secretsOf = ({ secret, previousSecret }: Credentials): [string, ...string[]] => (previousSecret === undefined ? [secret] : [secret, previousSecret]);

/** What the system behind it takes of that, it says itself. */
const MEDIA: ChannelMedia = { ...ANY_MEDIA, byLink: true };

const spec: ChannelSpec<Credentials> = {
  name: 'API',
  slug: 'api',
  credentials,
  acknowledgement: { contentType: 'application/json', body: '{"stored":true}' },
  signatureHeader: WEBHOOK_SIGNATURE,
  textLimit: { most: 4_096, unit: 'characters' },
  sends: new Set(['TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'LOCATION', 'CONTACTS', 'CHOICES']),
  sending: { ...UNBOUND, choices: WHATSAPP_RULES.choices, replies: true, changes: true },

  verify: (call, own) => isStandardSigned(call, secretsOf(own)),
  decode: decodeJson,
  envelopeId: (_decoded, { headers }) => headers[WEBHOOK_ID] ?? null,
  parse: (body) => readApiCall(body),

  media: MEDIA,
  // Whoever may fetch it is told by its address alone.
  fetchMedia: ({ url }, _own, options) => fetchFile({ url: url ?? '' }, options),

  send: async (message, own, options) => {
    const body = JSON.stringify(bodyOf(message));
    const secrets = secretsOf(own);
    const outcome = await callProvider({
      provider: PROVIDER, url: own.callbackUrl, body, classify: (status, answer) => (message.change && status >= 200 && status < 300 ? { kind: 'accepted', externalId: message.change.to } : spec.classify(status, answer)),
      // Their key without its prefix is the same key.
      secret: [...secrets, ...secrets.map((secret) => secret.replace(/^whsec_/, ''))] as [string, ...string[]],
      headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'Switchboard', ...standardHeaders(message.clientReference, body, secrets, new Date()) },
    }, { ...options, fetch: options.fetch ?? fetchGiven(own.callbackUrl, options.providers.callbacksToLoopback) });
    // Where it leads does not change by waiting.
    return outcome.kind === 'refused' && outcome.code === 'ADDRESS_REFUSED' ? { ...outcome, class: 'permanent' } : outcome;
  },

  classify: (status, answer): SendOutcome => {
    const body = isRecord(answer) ? answer : {};
    const id = identifier(body.id);
    if (status >= 200 && status < 300 && id !== null && id.length <= 256) return { kind: 'accepted', externalId: id };
    const code = `http-${status}`;
    const message = typeof body.error === 'string' && body.error !== '' ? clean(body.error) : `${PROVIDER} answered HTTP ${status} without an id.`;
    // Agreed: 503 is answered by who has not taken it.
    return status === 503 ? { kind: 'refused', class: 'retry', code, message } : outcomeOfStatus(status, code, message);
  },
};

function bodyOf({ to, said: { type, text, content }, files, replyTo, change, clientReference }: OutboundMessage): object {
  if (change) return { type: change.said ? 'message.edited' : 'message.deleted', id: clientReference, to, message: { id: change.to, ...change.said } };
  return {
    type: 'message', id: clientReference, to, replyTo,
    message: { type, text, content },
    files: files.map((file) => ({ url: file.url(), mimeType: file.mimeType, fileName: file.fileName, size: file.size })),
  };
}

export const apiChannel = defineChannel(spec);
