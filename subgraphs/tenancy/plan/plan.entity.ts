// The plan of a tenant, and what it will be at the end of the month. The tier is the tenant's own.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { TenantTier } from '../tenant/tenant.type.js';
import type { TenantPlanName } from './plan.enums.js';

/** What there is too much of for what was chosen. */
export interface TooMuch {
  quota: string;
  used: number;
  limit: number;
}

export interface KeptPlan {
  tier: TenantTier;
  plan: TenantPlanName | null;
  at: string;
  over: TooMuch[];
}

export const TenantPlan = defineEntity({
  name: 'TenantPlan', tableName: 'tenant_plan', schema: 'tenancy',
  properties: {
    tenantId: p.uuid().primary(),
    /** Null: none, as tier FREE has. */
    plan: p.text().$type<TenantPlanName>().nullable(),
    /** From where its months are counted. */
    anchor: p.datetime(3),
    /** Of the limits; rises with each change. */
    version: p.integer(),
    nextTier: p.text().$type<TenantTier>().nullable(),
    nextPlan: p.text().$type<TenantPlanName>().nullable(),
    nextAt: p.datetime(3).nullable(),
    /** What was chosen for a month's end and not made then, because more was used than it allows. */
    kept: p.json().$type<KeptPlan>().nullable(),
    /** The number of its last invoice. */
    invoices: p.integer(),
    /** Beginning of the month that is charged next; null: nothing is. */
    invoicedUntil: p.datetime(3).nullable(),
  },
});

/** How far a subgraph that counts has put the limits of a tenant in force. */
export const LimitDelivery = defineEntity({
  name: 'LimitDelivery', tableName: 'limit_delivery', schema: 'tenancy',
  properties: {
    tenantId: p.uuid(),
    consumer: p.text().primary(),
    wanted: p.integer(),
    version: p.integer(),
    announcedAt: p.datetime(3),
  },
});
