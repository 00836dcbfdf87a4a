// Files at Twilio: in by an address that asks for the account's name and token, out by addresses that Twilio fetches itself.
import type { MediaReference } from './content.js';
import { fetchFile } from './media.fetch.js';
import type { ChannelMedia, MediaAnswer, MediaLimits, MediaOptions } from './media.port.js';

const MB = 1024 * 1024;

// Source: "Accepted content types for media" of Twilio's messaging documentation: 5 MB in all, WhatsApp 16 MB.
const SMS: MediaLimits = {
  IMAGE: { most: 5 * MB, types: ['image/jpeg', 'image/png', 'image/gif'] }, VIDEO: { most: 5 * MB, types: ['video/mp4', 'video/3gpp', 'video/quicktime'] },
  AUDIO: { most: 5 * MB, types: ['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/amr', 'audio/3gpp'] }, DOCUMENT: { most: 5 * MB }, STICKER: { most: 5 * MB, types: [] },
};
const WHATSAPP: MediaLimits = {
  IMAGE: { most: 16 * MB, types: ['image/jpeg', 'image/png', 'image/webp'] }, VIDEO: { most: 16 * MB, types: ['video/mp4'] },
  AUDIO: { most: 16 * MB, types: ['audio/ogg', 'audio/amr', 'audio/3gpp', 'audio/aac', 'audio/mpeg'] }, DOCUMENT: { most: 16 * MB }, STICKER: { most: 16 * MB, types: [] },
};

const all = (most: number) => ({ IMAGE: most, VIDEO: most, AUDIO: most, DOCUMENT: most });
export const TWILIO_SMS_MEDIA: ChannelMedia = { kinds: SMS, most: 10, caption: all(1_600), byLink: true };
export const TWILIO_WHATSAPP_MEDIA: ChannelMedia = { kinds: WHATSAPP, most: 1, caption: { IMAGE: 1_600, VIDEO: 1_600, DOCUMENT: 1_600 }, byLink: true };

export interface TwilioAccount {
  accountSid: string;
  authToken: string;
}

/** @param api base of Twilio's API, as configured: the account's token goes there alone, not where it redirects to */
export function fetchTwilioMedia({ url }: MediaReference, { accountSid, authToken }: TwilioAccount, api: string, options: Omit<MediaOptions, 'providers'>): Promise<MediaAnswer> {
  const value = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return fetchFile({ url: url ?? '', authorization: { value, isFor: ({ origin }) => origin === new URL(api).origin } }, options);
}
