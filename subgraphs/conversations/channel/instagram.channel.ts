// Instagram direct messages of a professional account.
import { INSTAGRAM_RULES } from './channel.rules.js';
import { metaMessagingChannel } from './meta.messaging.channel.js';

// Source of the limit: "Send messages" of Meta's Instagram Platform documentation; it counts bytes of UTF-8.
export const instagramChannel = metaMessagingChannel(
  { name: 'INSTAGRAM', slug: 'instagram', textLimit: { most: 1_000, unit: 'bytes' }, sends: new Set(['TEXT', 'CHOICES', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT']), sending: INSTAGRAM_RULES },
  { provider: 'Instagram', object: 'instagram' });
