// Tiers, plans, and what is used of them.
import { z } from 'zod';
import { quotaErrorRules, quotaErrorTypes } from '../../kernel/graphql/quota.errors.js';
import { each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { announceLimitsJob, noteUsageJob } from '../jobs.js';
import { plan } from '../migrations/20261129-80-plan.js';
import { Usage } from '../usage/usage.entity.js';
import { LimitDelivery, TenantPlan } from './plan.entity.js';
import { TenantLimitsChanged, UsageNoted } from './plan.events.js';
import { PlanResolver } from './plan.resolver.js';

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
  orphanedTypes: quotaErrorTypes,
  entities: [TenantPlan, LimitDelivery, Usage],
  migrations: [plan],
  rules: {
    ...quotaErrorRules,
    Query: { tenantPlan: signedIn },
    TenantPlan: each(
      inherited, 'tier', 'plan', 'priceMinor', 'currency', 'period', 'limits', 'features', 'audit', 'auditDays', 'backups', 'support', 'next',
    ),
    PlanPeriod: each(inherited, 'startsAt', 'endsAt'),
    PlanLimit: each(inherited, 'quota', 'limit', 'used', 'over', 'resetsAt'),
    SupportEntitlement: each(inherited, 'level', 'responseHours'),
    PlannedChange: each(inherited, 'tier', 'plan', 'at'),
  },
  events: [TenantLimitsChanged, UsageNoted],
  jobs: [announceLimitsJob, noteUsageJob],
  reactions: [reaction('identity', 'UsersMeasured'), reaction('conversations', 'ConversationsMeasured')],
};
