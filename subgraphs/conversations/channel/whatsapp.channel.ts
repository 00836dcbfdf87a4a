// WhatsApp Cloud API (Meta Graph v23.0): signed webhooks in, messages of most kinds out.
import { z } from 'zod';
import { defineChannel, type ChannelSpec } from './channel.port.js';
import { WHATSAPP_RULES } from './channel.rules.js';
import { GRAPH_VERSION, firstMessageId, graphClassifier, graphHeaders } from './meta.graph.js';
import { WHATSAPP_MEDIA, fetchWhatsappMedia } from './meta.media.js';
import { uploadFiles } from './whatsapp.media.send.js';
import { META_ACKNOWLEDGEMENT, META_SIGNATURE, decodeJson, metaChallenge, metaSigned } from './meta.webhook.js';
import { probeGraph } from './meta.probe.js';
import { callProvider } from './provider.call.js';
import { readDelivery } from './whatsapp.inbound.js';
import { whatsappBody } from './whatsapp.send.js';
import { listTemplates } from './whatsapp.templates.js';

const PROVIDER = 'WhatsApp';

const credentials = z.object({
  appSecret: z.string(), verifyToken: z.string(), accessToken: z.string(),
  /** `phone_number_id` */
  externalId: z.string(),
  /** Of the WhatsApp business account, whose templates are listed. */
  businessAccountId: z.string().optional(),
});

const spec: ChannelSpec<z.infer<typeof credentials>> = {
  name: 'WHATSAPP',
  slug: 'whatsapp',
  credentials,
  acknowledgement: META_ACKNOWLEDGEMENT,
  signatureHeader: META_SIGNATURE,
  textLimit: { most: 4_096, unit: 'characters' },
  sends: new Set(['TEXT', 'LOCATION', 'CONTACTS', 'CHOICES', 'TEMPLATE', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER']),
  sending: WHATSAPP_RULES,

  verifySubscription: (query, { verifyToken }) => metaChallenge(query, verifyToken),
  verify: (call, { appSecret }) => metaSigned(call, appSecret),
  decode: decodeJson,
  envelopeId: () => null,
  parse: (body, { externalId }) => readDelivery(body, externalId),

  send: async (message, { accessToken, externalId }, options) => {
    const classify = (status: number, body: unknown) => spec.classify(status, body);
    const uploaded = await uploadFiles(message.files, { accessToken, externalId, classify }, options);
    if ('kind' in uploaded) return uploaded;
    return callProvider({
      provider: PROVIDER, secret: accessToken, headers: graphHeaders(accessToken), classify,
      url: `${options.providers.meta}/${GRAPH_VERSION}/${encodeURIComponent(externalId)}/messages`,
      body: JSON.stringify(whatsappBody(message, uploaded)),
    }, options);
  },

  media: WHATSAPP_MEDIA,
  fetchMedia: (reference, { accessToken }, options) => fetchWhatsappMedia(reference, accessToken, options),
  test: ({ accessToken, externalId }, options) => probeGraph({ provider: PROVIDER, path: `${encodeURIComponent(externalId)}?fields=id,display_phone_number,verified_name`, externalId, accessToken }, options),
  listTemplates: ({ accessToken, businessAccountId }, options) => (businessAccountId === undefined ? null : listTemplates({ accessToken, businessAccountId }, options)),

  classify: graphClassifier({
    provider: PROVIDER, messageId: firstMessageId,
    // Source: "Cloud API error codes" of Meta's developer documentation.
    codes: {
      retry: [80007, 130429, 131016, 131056],
      later: [130472, 131049],
      permanent: [132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016],
      'opt-out': [131050],
      window: [131047],
    },
  }),
};

export const whatsappChannel = defineChannel(spec);
