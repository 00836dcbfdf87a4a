// A notification of one person, and what a person wants to be told where.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { NotificationKind } from './notification.kinds.js';

/** For the words; ids and numbers, never anybody's text. */
export type NotificationParams = Readonly<Record<string, string | number>>;

export const Notification = defineEntity({
  name: 'Notification', tableName: 'notification', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    userId: p.uuid(),
    kind: p.text().$type<NotificationKind>(),
    /** Global id of what it is about. */
    subjectId: p.text().nullable(),
    params: p.json().$type<NotificationParams>(),
    /** Equal for equal causes: the same person is told once. */
    dedupeKey: p.text(),
    /** False: the person wants only mail of it. The row still stops a second one. */
    inApp: p.boolean(),
    createdAt: p.datetime(3),
    readAt: p.datetime(3).nullable(),
  },
});

export const NotificationPreference = defineEntity({
  name: 'NotificationPreference', tableName: 'notification_preference', schema: 'identity',
  properties: {
    userId: p.uuid().primary(),
    kind: p.text().$type<NotificationKind>().primary(),
    tenantId: p.uuid(),
    inApp: p.boolean(),
    email: p.boolean(),
    updatedAt: p.datetime(3),
  },
});
