// What the rest of the house may call of tenancy.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { SettingsPort } from '../kernel/base/settings-port.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { announceKeyRotationJob, type confirmKeyRotationJob, type openJob } from './jobs.js';
import type { TenancyServices } from './subgraph.js';

/** The gateway's way to the settings it enforces. */
export const settingsPort = ({ settingsInForce }: TenancyServices): SettingsPort => settingsInForce;

/** All that workers may call. */
export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  announceKeyRotation(payload: z.infer<typeof announceKeyRotationJob.payload>): Promise<boolean>;
  confirmKeyRotation(payload: z.infer<typeof confirmKeyRotationJob.payload>): Promise<boolean>;
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;
/** A key with little to seal anew is rotated within a second; whoever has not answered by then is asked again. */
const UNANSWERED_SECONDS = 5;

const KEY_ROTATIONS = `select tenant_id as "tenantId", id as "rotationId" from tenancy.tenant_key_rotation
  where state = 'RUNNING' and announced_at < now() - make_interval(secs => $2) order by announced_at limit $1`;

export const tenancyDoor = ({ tenants, keyRotations }: TenancyServices): TenancyDoor => ({
  open: (tenant) => tenants.open(tenant),
  announceKeyRotation: ({ tenantId, rotationId }) => keyRotations.announce(tenantId, rotationId),
  confirmKeyRotation: (rotated) => keyRotations.confirm(rotated),
  // Whoever registers a tenant announces it until it is confirmed: no tenant waits here.
  overdue: async (system) => [{ job: announceKeyRotationJob, payloads: (await system.query(KEY_ROTATIONS, [BATCH, UNANSWERED_SECONDS])).rows, routine: true }],
});
