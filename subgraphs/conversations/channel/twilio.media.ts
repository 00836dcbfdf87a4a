// Files at Twilio: in by an address that asks for the account's name and token, out by addresses that Twilio fetches itself.
import type { OutboundFile } from './channel.port.js';
import type { MediaReference } from './content.js';
import { fetchFile } from './media.fetch.js';
import type { MediaAnswer, MediaLimits, MediaOptions } from './media.port.js';

const MB = 1024 * 1024;

// Source: "Accepted content types for media" of Twilio's messaging documentation: 5 MB in all, WhatsApp 16 MB.
export const TWILIO_SMS_MEDIA: MediaLimits = { IMAGE: { most: 5 * MB }, VIDEO: { most: 5 * MB }, AUDIO: { most: 5 * MB }, DOCUMENT: { most: 5 * MB }, STICKER: { most: 5 * MB, types: [] } };
export const TWILIO_WHATSAPP_MEDIA: MediaLimits = {
  IMAGE: { most: 16 * MB, types: ['image/jpeg', 'image/png', 'image/webp'] }, VIDEO: { most: 16 * MB, types: ['video/mp4'] },
  AUDIO: { most: 16 * MB, types: ['audio/ogg', 'audio/amr', 'audio/3gpp', 'audio/aac', 'audio/mpeg'] }, DOCUMENT: { most: 16 * MB }, STICKER: { most: 16 * MB, types: [] },
};

export interface TwilioAccount {
  accountSid: string;
  authToken: string;
}

/** @param api base of Twilio's API, as configured: the account's token goes there alone, not where it redirects to */
export function fetchTwilioMedia({ url }: MediaReference, { accountSid, authToken }: TwilioAccount, api: string, options: Omit<MediaOptions, 'providers'>): Promise<MediaAnswer> {
  const value = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return fetchFile({ url: url ?? '', authorization: { value, isFor: ({ origin }) => origin === new URL(api).origin } }, options);
}

/** `MediaUrl` of a message, once for each file. */
export const twilioMediaUrls = (files: readonly OutboundFile[]): [string, string][] => files.map((file) => ['MediaUrl', file.url()]);
