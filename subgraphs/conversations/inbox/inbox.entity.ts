// An inbox: one connected channel of a tenant.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ChannelName } from '../channel/channel.port.js';

export const Inbox = defineEntity({
  name: 'Inbox', tableName: 'inbox', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** The public part of its webhook address. */
    key: p.text(),
    name: p.text(),
    channel: p.text().$type<ChannelName>(),
    /** Sealed JSON of ChannelCredentials. */
    credentials: p.blob(),
    createdAt: p.datetime(3),
  },
});
