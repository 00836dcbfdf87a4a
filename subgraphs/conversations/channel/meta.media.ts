// Files at Meta: WhatsApp names them by an id, which is asked for an address that holds five minutes; Messenger and Instagram name the address.
import { GRAPH_VERSION, graphHeaders, graphRefusal } from './meta.graph.js';
import { fetchFile } from './media.fetch.js';
import type { ChannelMedia, MediaAnswer, MediaLimits, MediaOptions } from './media.port.js';
import type { MediaReference } from './content.js';
import { askProvider } from './provider.ask.js';

const PROVIDER = 'WhatsApp';
/** Graph error 100 of an object: it does not exist, or is not ours. */
const GONE = new Set(['100', 'http-404', 'http-410']);

const MB = 1024 * 1024;

// Source: "Media" of Meta's WhatsApp Cloud API documentation, supported media types.
const WHATSAPP_KINDS: MediaLimits = {
  IMAGE: { most: 5 * MB, types: ['image/jpeg', 'image/png'] },
  VIDEO: { most: 16 * MB, types: ['video/mp4', 'video/3gpp'] },
  AUDIO: { most: 16 * MB, types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'] },
  DOCUMENT: {
    most: 100 * MB,
    types: [
      'text/plain', 'application/pdf', 'application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
  },
  // 100 KB for one that does not move; which of the two it is only the provider tells.
  STICKER: { most: 500 * 1024, types: ['image/webp'] },
};

// Source: "Attachment Upload" and "Send API" of Meta's Messenger documentation: 25 MB, pictures 8 MB.
const MESSAGING_KINDS: MediaLimits = {
  IMAGE: { most: 25 * MB, types: ['image/jpeg', 'image/png', 'image/gif'] },
  VIDEO: { most: 25 * MB, types: ['video/mp4', 'video/quicktime', 'video/webm', 'video/ogg', 'video/3gpp'] },
  AUDIO: { most: 25 * MB, types: ['audio/aac', 'audio/mp4', 'audio/mpeg', 'audio/wav', 'audio/ogg'] },
  DOCUMENT: { most: 25 * MB },
  STICKER: { most: 25 * MB, types: [] },
};

export const WHATSAPP_MEDIA: ChannelMedia = { kinds: WHATSAPP_KINDS, most: 1, caption: { IMAGE: 1_024, VIDEO: 1_024, DOCUMENT: 1_024 }, byLink: false };
/** A text is a message of its own. */
export const MESSAGING_MEDIA: ChannelMedia = { kinds: MESSAGING_KINDS, most: 1, caption: {}, byLink: true };

const META_HOSTS = /(^|\.)(facebook\.com|fbsbx\.com|fbcdn\.net|whatsapp\.net|whatsapp\.com)$/;

/** The token is Meta's: it is shown to no other host, whatever address is given. */
const isMeta = ({ providers }: MediaOptions) => (url: URL): boolean =>
  url.origin === new URL(providers.meta).origin || (url.protocol === 'https:' && META_HOSTS.test(url.hostname));

export async function fetchWhatsappMedia({ externalId, url }: MediaReference, token: string, options: MediaOptions): Promise<MediaAnswer> {
  const authorization = { value: `Bearer ${token}`, isFor: isMeta(options) };
  if (externalId === null) return fetchFile({ url: url ?? '', authorization }, options);
  const known = await askProvider({
    provider: PROVIDER, url: `${options.providers.meta}/${GRAPH_VERSION}/${encodeURIComponent(externalId)}`, headers: graphHeaders(token), secrets: [token],
  }, graphRefusal(PROVIDER), options);
  if (known.kind !== 'answer') {
    const { message } = known;
    return GONE.has(known.code) ? { kind: 'refused', again: false, reason: 'EXPIRED', message } : { kind: 'refused', again: true, message };
  }
  const address = known.body.url;
  if (typeof address !== 'string') return { kind: 'refused', again: true, message: 'The provider gave no address of the file.' };
  return fetchFile({ url: address, authorization }, options);
}

/** The address is signed by Meta and holds for some days. */
export async function fetchMessagingMedia({ url }: MediaReference, options: MediaOptions): Promise<MediaAnswer> {
  return fetchFile({ url: url ?? '' }, options);
}
