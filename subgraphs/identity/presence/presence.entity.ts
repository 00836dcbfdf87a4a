// What a person last said of being there, and when they were last heard of.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const PRESENCE_STATUSES = ['ONLINE', 'AWAY', 'BUSY', 'OFFLINE'] as const;
export type PresenceStatus = (typeof PRESENCE_STATUSES)[number];

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
    /** When others were last told of it. */
    announcedAt: p.datetime(3),
  },
});
