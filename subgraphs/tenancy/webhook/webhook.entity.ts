// Where a tenant wants to be told of what happens, what each endpoint is told, and every attempt at it.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type WebhookEndpointState = 'ACTIVE' | 'DISABLED';
export type WebhookDisabledReason = 'STAFF' | 'FAILING' | 'GONE';
export type WebhookMessageState = 'PENDING' | 'DELIVERED' | 'FAILED';

export const WebhookEndpoint = defineEntity({
  name: 'WebhookEndpoint', tableName: 'webhook_endpoint', schema: 'tenancy',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    url: p.text(),
    description: p.text(),
    /** Empty: of everything. */
    eventTypes: p.array().$type<string[]>(),
    /** Sealed JSON: what calls are signed with, and the one before while it holds. */
    secrets: p.blob(),
    secretOverlapUntil: p.datetime(3).nullable(),
    state: p.text().$type<WebhookEndpointState>(),
    disabledReason: p.text().$type<WebhookDisabledReason>().nullable(),
    disabledAt: p.datetime(3).nullable(),
    /** In a row, since when, and until when it is left alone for them. */
    failures: p.integer(),
    failingSince: p.datetime(3).nullable(),
    retryAt: p.datetime(3).nullable(),
    lastSucceededAt: p.datetime(3).nullable(),
    lastFailedAt: p.datetime(3).nullable(),
    lastFailure: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});

export const WebhookMessage = defineEntity({
  name: 'WebhookMessage', tableName: 'webhook_message', schema: 'tenancy',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    endpointId: p.uuid(),
    /** Drawn by the database. */
    seq: p.bigint('string'),
    eventId: p.uuid(),
    type: p.text(),
    /** What it is about: of one, the later waits for the earlier. */
    streamId: p.uuid().nullable(),
    body: p.text(),
    occurredAt: p.datetime(3),
    state: p.text().$type<WebhookMessageState>(),
    attempts: p.integer(),
    nextAt: p.datetime(3),
    leasedUntil: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
  },
});

export const WebhookAttempt = defineEntity({
  name: 'WebhookAttempt', tableName: 'webhook_attempt', schema: 'tenancy',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    messageId: p.uuid(),
    number: p.integer(),
    attemptedAt: p.datetime(3),
    durationMs: p.integer(),
    /** Null: no answer came. */
    status: p.integer().nullable(),
    /** Null: it was taken. */
    failure: p.text().nullable(),
  },
});
