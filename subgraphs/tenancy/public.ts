// What the rest of the house may call of tenancy.
import type { z } from 'zod';
import type { SettingsPort } from '../kernel/base/settings-port.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import type { openJob } from './jobs.js';
import type { TenancyServices } from './subgraph.js';

/** The gateway's way to the settings it enforces. */
export const settingsPort = ({ settingsInForce }: TenancyServices): SettingsPort => settingsInForce;

/** All that workers may call. */
export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  overdue(): Promise<WaitingWork[]>;
}

export const tenancyDoor = ({ tenants }: TenancyServices): TenancyDoor => ({
  open: (tenant) => tenants.open(tenant),
  // Whoever registers a tenant announces it until it is confirmed: nothing waits here.
  overdue: async () => [],
});
