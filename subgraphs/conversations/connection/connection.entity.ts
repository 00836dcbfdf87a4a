// A channel on its way to be connected by its provider's dialogue.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ChannelName } from '../channel/channel.port.js';

/** BEGUN: somebody is at the dialogue. EXCHANGING: its code was taken, once. READY: it is to be chosen what to connect. */
export type ConnectionState = 'BEGUN' | 'EXCHANGING' | 'READY' | 'FAILED';

export const InboxConnection = defineEntity({
  name: 'InboxConnection', tableName: 'inbox_connection', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    channel: p.text().$type<ChannelName>(),
    startedBy: p.uuid(),
    state: p.text().$type<ConnectionState>(),
    failure: p.text().nullable(),
    /** Of what the browser brought back, by which it is known that who agreed is who began. */
    returnHash: p.text().nullable(),
    /** Sealed JSON of what was granted. */
    granted: p.blob().nullable(),
    createdAt: p.datetime(3),
  },
});
