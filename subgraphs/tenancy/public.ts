// The door of tenancy: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { announceLimitsJob, type noteUsageJob, type openJob } from './jobs.js';
import type { TenancyServices } from './services.js';

export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  announceLimits(payload: z.infer<typeof announceLimitsJob.payload>): Promise<boolean>;
  noteUsage(payload: z.infer<typeof noteUsageJob.payload>): Promise<number>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;
/** Others answer within a few seconds: their counters are gathered before they are told of. */
const UNCONFIRMED_SECONDS = 10;

const LIMITS = `select tenant_id as "tenantId" from tenancy.limit_delivery
  where version < wanted and announced_at < now() - make_interval(secs => $1) group by tenant_id limit $2`;

export const tenancyDoor = ({ tenants, plans, usage }: TenancyServices): TenancyDoor => ({
  open: (tenant) => tenants.open(tenant),
  announceLimits: ({ tenantId }) => plans.announce(tenantId),
  noteUsage: ({ tenantId, ...report }) => usage.report(tenantId, report),
  // Whoever registers a tenant announces it until it is confirmed: no opening waits here.
  overdue: async (system) => [{ job: announceLimitsJob, payloads: (await system.query(LIMITS, [UNCONFIRMED_SECONDS, BATCH])).rows }],
});
