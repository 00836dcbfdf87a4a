// The chat in a tenant's own pages: visitors with a token post and read, and what is sent to them waits in the tables for them.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineChannel, type ChannelSpec, type ReceivedCall } from './channel.port.js';
import { UNBOUND, WHATSAPP_RULES } from './channel.rules.js';
import { ANY_MEDIA } from './media.any.js';
import { decodeJson } from './meta.webhook.js';
import { outcomeOfStatus } from './provider.call.js';
import { readVisitor, staffMessage } from './web-chat.inbound.js';
import { bearerOf, claimed, visitorOf } from './web-chat.token.js';

export const webChatCredentials = z.object({
  /** What tokens of visitors are signed with: another one ends them all. */
  tokenSecret: z.string().min(32),
  /** What the tenant's own server proves with who a visitor is; absent: nobody can be proved. */
  identitySecret: z.string().min(16).optional(),
  /** The one before, while it still holds. */
  previousIdentitySecret: z.string().min(16).optional(),
  /** Whether visitors must be proved. */
  identityRequired: z.boolean().default(false),
  /** Of pages that may call, like `https://shop.example.com`. */
  origins: z.array(z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text && text !== 'null')).default([]),
});
export type WebChatCredentials = z.infer<typeof webChatCredentials>;

const visitor = ({ headers }: ReceivedCall) => claimed(bearerOf(headers.authorization) ?? '');

const spec: ChannelSpec<WebChatCredentials> = {
  name: 'WEB_CHAT',
  slug: 'web-chat',
  ownRoutes: true,
  credentials: webChatCredentials,
  acknowledgement: { contentType: 'application/json', body: '{}' },
  signatureHeader: 'authorization',
  textLimit: { most: 4_096, unit: 'characters' },
  sends: new Set(['TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'LOCATION', 'CONTACTS', 'CHOICES']),
  sending: { ...UNBOUND, choices: WHATSAPP_RULES.choices, replies: true, changes: true },

  verify: async ({ headers, inboxId, receivedAt }, { tokenSecret }) => await visitorOf(headers.authorization, inboxId, tokenSecret, receivedAt) !== null,
  note: (call) => {
    const { id, name } = visitor(call);
    return { visitor: id, ...(name === null ? {} : { name }) };
  },
  decode: decodeJson,
  // Two visitors may well say the same.
  envelopeId: (_decoded, call) => createHash('sha256').update(`${visitor(call).id}\n`).update(call.body).digest('hex'),
  parse: (body, _credentials, arrival) => readVisitor(body, arrival),

  media: { ...ANY_MEDIA, byLink: false, brought: true },
  // Visitors read the tables: it is there as soon as it is noted as sent.
  send: async ({ to, clientReference }) => ({ kind: 'accepted', externalId: staffMessage(to, clientReference) }),
  classify: (status) => outcomeOfStatus(status, `http-${status}`, 'Nobody answers for a web chat.'),
};

export const webChatChannel = defineChannel(spec);
