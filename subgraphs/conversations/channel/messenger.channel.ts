// Facebook Messenger: a page's conversations.
import { metaMessagingChannel } from './meta.messaging.channel.js';

// Source of the limit: "Send API" of Meta's Messenger Platform documentation.
export const messengerChannel = metaMessagingChannel(
  { name: 'MESSENGER', slug: 'messenger', textLimit: { most: 2_000, unit: 'characters' }, sends: new Set(['TEXT']) }, { provider: 'Messenger', object: 'page' });
