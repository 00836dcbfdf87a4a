// What a person last said of being there, and when they were last heard of.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type PresenceStatus = 'ONLINE' | 'AWAY' | 'BUSY' | 'OFFLINE';

export const Presence = defineEntity({
  name: 'Presence', tableName: 'presence', schema: 'identity',
  properties: {
    userId: p.uuid().primary(),
    tenantId: p.uuid(),
    status: p.text().$type<PresenceStatus>(),
    note: p.text().nullable(),
    /** When this status began. */
    since: p.datetime(3),
    heartbeatAt: p.datetime(3),
  },
});
