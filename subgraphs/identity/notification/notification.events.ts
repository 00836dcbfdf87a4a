// What notifications announce, and what they hear from other subgraphs.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const NotificationAdded = defineEvent({
  name: 'NotificationAdded', version: 1, description: 'A person has a new notification.',
  payload: z.object({ notificationId: z.uuid() }), example: { notificationId: '01930000-0000-7000-8000-000000000006' }, feed: true,
});

export const StaffNotified = defineEvent({
  name: 'StaffNotified', version: 1,
  description: 'What StaffNotificationRequested asked for is done: whoever is to be told was told. The subgraph that asked stops asking.',
  payload: z.object({ dedupeKey: z.string() }), example: { dedupeKey: 'msg_01jc00000000e800000000000001/UNCONFIRMED' }, feed: false,
});

/** `StaffNotificationRequested`, `SecurityAlertRaised` and `UsageAlertRaised`, version 1, as identity understands them; what else they say is not for us. */
export const staffNotificationRequest = z.object({
  kind: z.enum(['MESSAGE_UNCONFIRMED', 'MESSAGE_FAILED', 'INBOX_DISABLED', 'INBOX_TOKEN_EXPIRING', 'SECURITY_EVENT', 'USAGE_LIMIT', 'PLAN_KEPT', 'MENTIONED', 'WEBHOOK_ENDPOINT_DISABLED']),
  userIds: z.array(z.uuid()).max(20),
  permission: z.string().min(1).max(100),
  only: z.boolean().optional(),
  subjectId: z.string().max(100),
  params: z.record(z.string().max(40), z.union([z.string().max(100), z.number()])),
  dedupeKey: z.string().min(1).max(200),
});
export type StaffNotificationRequest = z.infer<typeof staffNotificationRequest>;
