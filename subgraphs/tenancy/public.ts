// What the rest of the house may call of tenancy.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { SettingsPort } from '../kernel/base/settings-port.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import {
  announceAlertsJob, announceKeyRotationJob, announceLimitsJob, settlePlanJob, type confirmAlertJob, type confirmKeyRotationJob, type noteUsageJob, type openJob,
} from './jobs.js';
import type { TenancyServices } from './services.js';

/** The gateway's way to the settings it enforces. */
export const settingsPort = ({ settingsInForce }: TenancyServices): SettingsPort => settingsInForce;

/** All that workers may call. */
export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  announceKeyRotation(payload: z.infer<typeof announceKeyRotationJob.payload>): Promise<boolean>;
  confirmKeyRotation(payload: z.infer<typeof confirmKeyRotationJob.payload>): Promise<boolean>;
  announceLimits(payload: z.infer<typeof announceLimitsJob.payload>): Promise<boolean>;
  noteUsage(payload: z.infer<typeof noteUsageJob.payload>): Promise<number>;
  settlePlan(payload: z.infer<typeof settlePlanJob.payload>): Promise<number>;
  announceAlerts(payload: z.infer<typeof announceAlertsJob.payload>): Promise<number>;
  confirmAlert(payload: z.infer<typeof confirmAlertJob.payload>): Promise<boolean>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;
/** A key with little to seal anew is rotated within a second; whoever has not answered by then is asked again. */
const UNANSWERED_SECONDS = 5;

const KEY_ROTATIONS = `select tenant_id as "tenantId", id as "rotationId" from tenancy.tenant_key_rotation
  where state = 'RUNNING' and announced_at < now() - make_interval(secs => $2) order by announced_at limit $1`;

/** Others answer within a few seconds: their counters are gathered before they are told of. */
const UNCONFIRMED_SECONDS = 10;

const LIMITS = `select tenant_id as "tenantId" from tenancy.limit_delivery
  where version < wanted and announced_at < now() - make_interval(secs => $1) group by tenant_id limit $2`;

/** What a month's end brings is done by its own time: nothing announces it. */
const SETTLE = `select tenant_id as "tenantId" from tenancy.tenant_plan where next_at <= now() union select tenant_id from tenancy.tenant_plan where invoiced_until <= now() limit $1`;

const ALERTS = `select tenant_id as "tenantId" from tenancy.usage_alert
  where confirmed_at is null and payload is not null and announced_at < now() - make_interval(secs => $1) group by tenant_id limit $2`;

export const tenancyDoor = ({ tenants, plans, planChange, usage, alerts, keyRotations }: TenancyServices): TenancyDoor => ({
  open: (tenant) => tenants.open(tenant),
  announceKeyRotation: ({ tenantId, rotationId }) => keyRotations.announce(tenantId, rotationId),
  confirmKeyRotation: (rotated) => keyRotations.confirm(rotated),
  announceLimits: ({ tenantId }) => plans.announce(tenantId),
  noteUsage: ({ tenantId, ...report }) => usage.report(tenantId, report),
  // Whoever registers a tenant announces it until it is confirmed: no opening waits here.
  settlePlan: ({ tenantId }) => planChange.settle(tenantId),
  announceAlerts: ({ tenantId }) => alerts.announce(tenantId),
  confirmAlert: ({ tenantId, dedupeKey }) => alerts.confirm(tenantId, dedupeKey),
  overdue: async (system) => [
    { job: announceLimitsJob, payloads: (await system.query(LIMITS, [UNCONFIRMED_SECONDS, BATCH])).rows },
    { job: announceAlertsJob, payloads: (await system.query(ALERTS, [UNCONFIRMED_SECONDS, BATCH])).rows },
    { job: announceKeyRotationJob, payloads: (await system.query(KEY_ROTATIONS, [BATCH, UNANSWERED_SECONDS])).rows, routine: true },
    { job: settlePlanJob, payloads: (await system.query(SETTLE, [BATCH])).rows, routine: true },
  ],
});
