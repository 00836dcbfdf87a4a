// The door of tenancy: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { announceLifeJob, beginErasureJob, repeatErasureJob, type confirmLifeJob, type noteErasureJob, type openJob } from './jobs.js';
import type { TenancyServices } from './services.js';

export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  announceLife(payload: z.infer<typeof announceLifeJob.payload>): Promise<boolean>;
  confirmLife(payload: z.infer<typeof confirmLifeJob.payload>): Promise<boolean>;
  beginErasure(payload: z.infer<typeof beginErasureJob.payload>): Promise<boolean>;
  repeatErasure(payload: z.infer<typeof repeatErasureJob.payload>): Promise<boolean>;
  noteErasure(payload: z.infer<typeof noteErasureJob.payload>): Promise<boolean>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;
/** Others answer within a fraction of a second; what they have not answered by then is announced again. */
const UNCONFIRMED_SECONDS = 5;

const UNCONFIRMED = `select tenant_id as "tenantId" from tenancy.tenant
  where announced_at < now() - make_interval(secs => $2) order by announced_at limit $1`;

/** A large tenant takes its time; an order that comes again is harmless. */
const UNANSWERED_SECONDS = 60;
const DUE = `select tenant_id as "tenantId" from tenancy.tenant
  where state = 'DELETING' and deletion_due_at <= now() and announced_at is null order by deletion_due_at limit $1`;
const UNANSWERED = `select id as "tenantId" from tenancy.tenant_erasure
  where finished_at is null and announced_at < now() - make_interval(secs => $2) order by announced_at limit $1`;

export const tenancyDoor = ({ tenants, announcement, erasure }: TenancyServices): TenancyDoor => ({
  // Whoever registers a tenant announces it until it is confirmed: nothing of that waits here.
  open: (tenant) => tenants.open(tenant),
  announceLife: ({ tenantId }) => announcement.announce(tenantId),
  confirmLife: ({ tenantId, version }) => announcement.confirm(tenantId, version),
  beginErasure: ({ tenantId }) => erasure.begin(tenantId),
  repeatErasure: ({ tenantId }) => erasure.repeat(tenantId),
  noteErasure: (answer) => erasure.note(answer),
  overdue: async (system) => [
    // Time brings it about, and no event: the sweeper alone finds it, within a second.
    { job: beginErasureJob, payloads: (await system.query(DUE, [BATCH])).rows, routine: true },
    { job: repeatErasureJob, payloads: (await system.query(UNANSWERED, [BATCH, UNANSWERED_SECONDS])).rows },
    { job: announceLifeJob, payloads: (await system.query(UNCONFIRMED, [BATCH, UNCONFIRMED_SECONDS])).rows },
  ],
});
