// The door of tenancy: all that workers may call.
import type { z } from 'zod';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import type { openJob } from './jobs.js';
import type { TenancyServices } from './subgraph.js';

export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  overdue(): Promise<WaitingWork[]>;
}

export const tenancyDoor = ({ tenants }: TenancyServices): TenancyDoor => ({
  open: (tenant) => tenants.open(tenant),
  // Whoever registers a tenant announces it until it is confirmed: nothing waits here.
  overdue: async () => [],
});
