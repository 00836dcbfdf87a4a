// Tiers, plans, and what is used of them.
import { z } from 'zod';
import { quotaErrorRules, quotaErrorTypes } from '../../kernel/graphql/quota.errors.js';
import { each, inherited, personCan, signedIn } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { announceLimitsJob, noteUsageJob, recountJob, settlePlanJob } from '../jobs.js';
import { plan } from '../migrations/20261129-80-plan.js';
import { metering } from '../migrations/20261129-93-metering.js';
import { planKept } from '../migrations/20261129-94-plan-kept.js';
import { LimitDelivery, TenantPlan } from './plan.entity.js';
import { TenantLimitsChanged, UsageNoted } from './plan.events.js';
import { PlanResolver } from './plan.resolver.js';
import { PlanTooSmall } from './plan.type.js';

/** Of what those who count announce, what is read here. */
const measured = z.object({
  limitsVersion: z.number(),
  measures: z.array(z.object({
    name: z.string(), startsAt: z.iso.datetime(), endsAt: z.iso.datetime().nullable(), used: z.number(), over: z.number(), revision: z.number(),
  })),
});
const reaction = (from: string, event: string) =>
  ({ from, event, version: 1, job: noteUsageJob, payload: (tenantId: string, payload: unknown) => ({ tenantId, consumer: from, ...measured.parse(payload) }) });

export const planSlice: Slice = {
  resolvers: [PlanResolver],
  orphanedTypes: [...quotaErrorTypes, PlanTooSmall],
  entities: [TenantPlan, LimitDelivery],
  migrations: [plan, metering, planKept],
  rules: {
    ...quotaErrorRules,
    Query: each(signedIn, 'tenantPlan', 'quotaPreview'),
    Mutation: { tenantPlanChange: personCan('billing:manage') },
    TenantPlan: each(
      inherited, 'tier', 'plan', 'priceMinor', 'currency', 'period', 'limits', 'features', 'audit', 'auditDays', 'backups', 'support', 'next', 'refused',
    ),
    PlanPeriod: each(inherited, 'startsAt', 'endsAt'),
    PlanLimit: each(inherited, 'quota', 'limit', 'used', 'over', 'resetsAt'),
    SupportEntitlement: each(inherited, 'level', 'responseHours'),
    PlannedChange: each(inherited, 'tier', 'plan', 'at'),
    RefusedChange: each(inherited, 'tier', 'plan', 'at', 'over'),
    QuotaPreview: each(inherited, 'quota', 'allowed', 'limit', 'used', 'resetsAt', 'plansThatAllow'),
    TenantPlanChangePayload: each(inherited, 'tenantPlan', 'userErrors'),
    PlanOverrun: each(inherited, 'quota', 'used', 'limit'),
    PlanTooSmall: each(inherited, 'message', 'code', 'field', 'over'),
  },
  permissions: { 'billing:manage': 'Change the plan. Whoever may is told when it is nearly used up.' },
  mutations: { tenantPlanChange: { action: 'tenant.plan_change', type: 'DATA_WRITE', resource: 'Tenant' } },
  classes: { Tenant: { tier: 'plain', plan: 'plain', at: 'plain' } },
  events: [TenantLimitsChanged, UsageNoted],
  jobs: [announceLimitsJob, noteUsageJob, settlePlanJob, recountJob],
  reactions: [reaction('identity', 'UsersMeasured'), reaction('conversations', 'ConversationsMeasured'), reaction('compliance', 'StorageMeasured')],
};
