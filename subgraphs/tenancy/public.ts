// The door of tenancy: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { announceLifeJob, type confirmLifeJob, type openJob } from './jobs.js';
import type { TenancyServices } from './subgraph.js';

export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  announceLife(payload: z.infer<typeof announceLifeJob.payload>): Promise<boolean>;
  confirmLife(payload: z.infer<typeof confirmLifeJob.payload>): Promise<boolean>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;
/** Others answer within a fraction of a second; what they have not answered by then is announced again. */
const UNCONFIRMED_SECONDS = 5;

const UNCONFIRMED = `select tenant_id as "tenantId" from tenancy.tenant
  where announced_at < now() - make_interval(secs => $2) order by announced_at limit $1`;

export const tenancyDoor = ({ tenants, announcement }: TenancyServices): TenancyDoor => ({
  // Whoever registers a tenant announces it until it is confirmed: nothing of that waits here.
  open: (tenant) => tenants.open(tenant),
  announceLife: ({ tenantId }) => announcement.announce(tenantId),
  confirmLife: ({ tenantId, version }) => announcement.confirm(tenantId, version),
  overdue: async (system) => [
    { job: announceLifeJob, payloads: (await system.query(UNCONFIRMED, [BATCH, UNCONFIRMED_SECONDS])).rows },
  ],
});
