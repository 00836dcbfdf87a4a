// A delivery that somebody had read again.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const WebhookReplay = defineEntity({
  name: 'WebhookReplay', tableName: 'webhook_replay', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    deliveryId: p.uuid(),
    /** What was read in the place of what came; null: what came. */
    body: p.blob().nullable(),
    /** Why; always said of a correction. */
    reason: p.text().nullable(),
    /** Null: an API key, which the trail names. */
    requestedBy: p.uuid().nullable(),
    requestedAt: p.datetime(3),
  },
});
