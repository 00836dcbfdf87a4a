// Facebook Messenger: a page's conversations.
import { MESSENGER_RULES } from './channel.rules.js';
import { metaMessagingChannel } from './meta.messaging.channel.js';

// Source of the limit: "Send API" of Meta's Messenger Platform documentation.
export const messengerChannel = metaMessagingChannel(
  { name: 'MESSENGER', slug: 'messenger', textLimit: { most: 2_000, unit: 'characters' }, sends: new Set(['TEXT', 'CHOICES', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT']), sending: MESSENGER_RULES },
  { provider: 'Messenger', object: 'page' });
