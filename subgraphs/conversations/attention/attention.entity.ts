// A request to tell staff of something, as announced; gone once it is confirmed.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import type { StaffNotificationRequested } from '../events.js';

export const AttentionRequest = defineEntity({
  name: 'AttentionRequest', tableName: 'attention_request', schema: 'conversations',
  properties: {
    dedupeKey: p.text().primary(),
    tenantId: p.uuid(),
    payload: p.json().$type<z.infer<typeof StaffNotificationRequested.payload>>(),
    announcedAt: p.datetime(3),
  },
});
