// A provider's call as received: raw bytes first, meaning later.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const WebhookDelivery = defineEntity({
  name: 'WebhookDelivery', tableName: 'webhook_delivery', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    inboxId: p.uuid(),
    /** The envelope's own event id, or the SHA-256 of its bytes. */
    key: p.text(),
    body: p.blob(),
    /** What its channel noted of the call besides the body. */
    notes: p.json().$type<Record<string, string>>(),
    status: p.text().$type<'RECEIVED' | 'PROCESSED' | 'FAILED'>(),
    attempts: p.integer(),
    error: p.text().nullable(),
    correlationId: p.text(),
    receivedAt: p.datetime(3),
    /** When it came, or was last asked to be read again: its attempts are counted and spaced from then. */
    waitingSince: p.datetime(3),
    processedAt: p.datetime(3).nullable(),
    /** How often somebody had it read again. */
    replays: p.integer(),
  },
});
