// A business that uses the product, as a tenant sees itself.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ResumedState, TenantState } from '../life/life.states.js';
import type { TenantTier } from './tenant.type.js';

export const Tenant = defineEntity({
  name: 'Tenant', tableName: 'tenant', schema: 'tenancy',
  properties: {
    /** The tenant id of every row it owns, in every subgraph. */
    id: p.uuid().primary().fieldName('tenant_id'),
    name: p.text(),
    tier: p.text().$type<TenantTier>(),
    locale: p.text(),
    timeZone: p.text(),
    currency: p.text(),
    createdAt: p.datetime(3),
    state: p.text().$type<TenantState>().default('ACTIVE'),
    /** Whenever it is, or would be again, suspended. */
    suspensionReason: p.text().nullable(),
    /** What cancelling its deletion leads back to. */
    resumes: p.text().$type<ResumedState>().nullable(),
    deletionDueAt: p.datetime(3).nullable(),
    /** Grows with each change, so that who follows knows the newer of two announcements. */
    version: p.integer().default(0),
    /** When identity was last told; null once it has confirmed. */
    announcedAt: p.datetime(3).nullable(),
  },
});
