// What Messenger and Instagram direct messages share: a page or account with a token, the Send API, and one shape of webhooks.
import { z } from 'zod';
import { defineChannel, type ChannelDefinition, type ChannelSpec } from './channel.port.js';
import { GRAPH_VERSION, graphClassifier, graphHeaders } from './meta.graph.js';
import { MESSAGING_MEDIA, fetchMessagingMedia } from './meta.media.js';
import { readMessagingDelivery, type MessagingDialect } from './meta.messaging.js';
import { messagingBody, reactionBody } from './meta.messaging.send.js';
import { META_ACKNOWLEDGEMENT, META_SIGNATURE, decodeJson, metaChallenge, metaSigned } from './meta.webhook.js';
import { probeGraph } from './meta.probe.js';
import { identifier, isRecord } from './payload.js';
import { callProvider } from './provider.call.js';

const credentials = z.object({
  appSecret: z.string(), verifyToken: z.string(), accessToken: z.string(),
  /** Id of the page, or of the Instagram professional account. */
  externalId: z.string(),
});

/** What an action is answered names its recipient and no message. */
const classifyAction = ({ classify }: Pick<ChannelSpec<unknown>, 'classify'>): ChannelSpec<unknown>['classify'] => (status, body) =>
  (status === 200 && isRecord(body) && identifier(body.recipient_id) !== null ? { kind: 'accepted', externalId: '' } : classify(status, body));

type Own = Pick<ChannelSpec<unknown>, 'name' | 'slug' | 'textLimit' | 'sends' | 'sending'>;

export function metaMessagingChannel(own: Own, dialect: MessagingDialect): ChannelDefinition {
  const { provider } = dialect;
  const spec: ChannelSpec<z.infer<typeof credentials>> = {
    ...own,
    credentials,
    acknowledgement: META_ACKNOWLEDGEMENT,
    signatureHeader: META_SIGNATURE,

    verifySubscription: (query, { verifyToken }) => metaChallenge(query, verifyToken),
    verify: (call, { appSecret }) => metaSigned(call, appSecret),
    decode: decodeJson,
    envelopeId: () => null,
    parse: (body, { externalId }) => readMessagingDelivery(body, externalId, dialect),

    send: (message, { accessToken, externalId }, options) => callProvider({
      provider, secret: accessToken, headers: graphHeaders(accessToken), classify: message.reaction ? classifyAction(spec) : (status, body) => spec.classify(status, body),
      url: `${options.providers.meta}/${GRAPH_VERSION}/${encodeURIComponent(externalId)}/messages`,
      body: JSON.stringify(message.reaction ? reactionBody(message, own.name === 'INSTAGRAM' ? 'love' : null) : messagingBody(message)),
    }, options),

    media: MESSAGING_MEDIA,
    fetchMedia: (reference, _credentials, options) => fetchMessagingMedia(reference, options),
    // A page's token is the page itself; an Instagram account is reached by the token of its page.
    test: ({ accessToken, externalId }, options) => probeGraph({
      provider, path: dialect.object === 'page' ? 'me?fields=id,name' : `${encodeURIComponent(externalId)}?fields=id,username`, externalId, accessToken,
    }, options),

    classify: graphClassifier({
      provider, messageId: ({ message_id: id }) => identifier(id),
      // Source: "Messenger Platform error codes" of Meta's developer documentation; subcodes 2018278 and 2534022 close the window.
      // Of 10, 100, 200 and 551 the subcode tells whether it is this one recipient (2018001, 2018108, 1545041), which says nothing of the token.
      codes: { retry: [1200], later: [368], permanent: [100, 551, 10303, 2018001, 2018108, 1545041], window: [10, 2018278, 2534022], reauthorise: [200] },
    }),
  };
  return defineChannel(spec);
}
