// A program of the tenant's own, e.g. a CRM or a till, that is asked what it knows of a contact; and what it said last.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Card } from './contact-card.protocol.js';

export type CustomIntegrationKind = 'CRM' | 'POS' | 'OTHER';
export type CustomIntegrationState = 'ACTIVE' | 'DISABLED';

export const CustomIntegration = defineEntity({
  name: 'CustomIntegration', tableName: 'custom_integration', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    /** The name as it is compared. */
    folded: p.text(),
    kind: p.text().$type<CustomIntegrationKind>(),
    url: p.text(),
    /** Sealed JSON: what questions are signed with, and the one before while it holds. */
    secrets: p.blob(),
    secretOverlapUntil: p.datetime(3).nullable(),
    state: p.text().$type<CustomIntegrationState>(),
    /** In a row, and until when it is left alone for them. */
    failures: p.integer(),
    retryAt: p.datetime(3).nullable(),
    lastAnsweredAt: p.datetime(3).nullable(),
    lastFailedAt: p.datetime(3).nullable(),
    lastFailure: p.text().nullable(),
    lastTestAt: p.datetime(3).nullable(),
    /** Null: it passed. */
    lastTestCode: p.text().nullable(),
    lastTestMessage: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});

export const ContactCard = defineEntity({
  name: 'ContactCard', tableName: 'contact_card', schema: 'conversations',
  properties: {
    contactId: p.uuid().primary(),
    integrationId: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Null: it knows nobody of this kind, or never answered. */
    card: p.json<Card | null>().nullable(),
    answeredAt: p.datetime(3).nullable(),
    askedAt: p.datetime(3),
    /** Why it did not answer when it was asked last; null when it did. */
    problem: p.text().nullable(),
  },
});
