// What the rest of the house may call of tenancy.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { SettingsPort } from '../kernel/base/settings-port.js';
import { unrecountedQuotas } from '../kernel/data/quota-tables.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import {
  announceInboxBotJob, type confirmInboxBotJob,
  announceAlertsJob, announceKeyRotationJob, announceLifeJob, announceLimitsJob, beginErasureJob, orderRetentionJob, recountJob, repeatErasureJob, rotateKeysJob, runTenantExportJob, settlePlanJob,
  type sendWebhooksJob,
  type confirmAlertJob, type confirmKeyRotationJob, type confirmLifeJob, type noteErasureJob, type noteExportPartJob, type noteUsageJob, type openJob,
} from './jobs.js';
import type { TenancyServices } from './services.js';
import { overdueWebhooks, tidyWebhooks } from './webhook/webhook.door.js';

export type { WebhookCrashPoint } from './webhook/webhook.crash.js';
export { collectWebhooks, WEBHOOK_FEEDS, type WebhookFeed } from './webhook/webhook.collect.js';

/** The gateway's way to the settings it enforces. */
export const settingsPort = ({ settingsInForce }: TenancyServices): SettingsPort => settingsInForce;

/** All that workers may call. */
export interface TenancyDoor {
  open(payload: z.infer<typeof openJob.payload>): Promise<boolean>;
  announceKeyRotation(payload: z.infer<typeof announceKeyRotationJob.payload>): Promise<boolean>;
  confirmKeyRotation(payload: z.infer<typeof confirmKeyRotationJob.payload>): Promise<boolean>;
  announceLimits(payload: z.infer<typeof announceLimitsJob.payload>): Promise<boolean>;
  noteUsage(payload: z.infer<typeof noteUsageJob.payload>): Promise<number>;
  recount(payload: z.infer<typeof recountJob.payload>, system: Pool): Promise<number>;
  settlePlan(payload: z.infer<typeof settlePlanJob.payload>): Promise<number>;
  announceAlerts(payload: z.infer<typeof announceAlertsJob.payload>): Promise<number>;
  confirmAlert(payload: z.infer<typeof confirmAlertJob.payload>): Promise<boolean>;
  announceInboxBot(payload: z.infer<typeof announceInboxBotJob.payload>): Promise<boolean>;
  confirmInboxBot(payload: z.infer<typeof confirmInboxBotJob.payload>): Promise<boolean>;
  announceLife(payload: z.infer<typeof announceLifeJob.payload>): Promise<boolean>;
  confirmLife(payload: z.infer<typeof confirmLifeJob.payload>): Promise<boolean>;
  beginErasure(payload: z.infer<typeof beginErasureJob.payload>): Promise<boolean>;
  repeatErasure(payload: z.infer<typeof repeatErasureJob.payload>): Promise<boolean>;
  noteErasure(payload: z.infer<typeof noteErasureJob.payload>): Promise<boolean>;
  noteExportPart(payload: z.infer<typeof noteExportPartJob.payload>): Promise<boolean>;
  runExport(payload: z.infer<typeof runTenantExportJob.payload>): Promise<boolean>;
  /** Deletes the files of a tenant's exports. */
  forget(tenantId: string): Promise<void>;
  orderRetention(payload: z.infer<typeof orderRetentionJob.payload>): Promise<boolean>;
  rotateKeys(payload: z.infer<typeof rotateKeysJob.payload>, system: Pool): Promise<boolean>;
  /** Calls an endpoint of webhooks. @returns how many attempts were made */
  sendWebhooks(payload: z.infer<typeof sendWebhooksJob.payload>): Promise<number>;
  /** Gives up and deletes what is old. */
  tidy(system: Pool): Promise<void>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;
/** Seconds after which what was not answered is said again. Keys and states are answered at once, counters are gathered first, and a large erasure takes its time. */
const UNANSWERED = { keys: 5, life: 5, counters: 10, erasure: 60 };

const KEY_ROTATIONS = `select tenant_id as "tenantId", id as "rotationId" from tenancy.tenant_key_rotation
  where state = 'RUNNING' and announced_at < now() - make_interval(secs => $1) order by announced_at limit $2`;
const LIMITS = `select tenant_id as "tenantId" from tenancy.limit_delivery
  where version < wanted and announced_at < now() - make_interval(secs => $1) group by tenant_id limit $2`;
const ALERTS = `select tenant_id as "tenantId" from tenancy.usage_alert
  where confirmed_at is null and payload is not null and announced_at < now() - make_interval(secs => $1) group by tenant_id limit $2`;
const INBOX_BOTS = `select tenant_id as "tenantId", inbox_id as "inboxId" from tenancy.inbox_bot
  where announced_at < now() - make_interval(secs => $1) order by announced_at limit $2`;
const LIVES = `select tenant_id as "tenantId" from tenancy.tenant where announced_at < now() - make_interval(secs => $1) order by announced_at limit $2`;
/** Once more when all have answered: what was still on its way (counts of calls, a job) may have written since. */
const ERASURES = `select id as "tenantId" from tenancy.tenant_erasure
  where finished_at is null and announced_at < now() - make_interval(secs => $1)
    or finished_at < now() - interval '5 minutes' and announced_at < finished_at + interval '5 minutes' order by announced_at limit $2`;

/** What a month's end brings is done by its own time: nothing announces it. */
const SETTLE = `select tenant_id as "tenantId" from tenancy.tenant_plan where next_at <= now() 
  union select p.tenant_id from tenancy.tenant_plan p join tenancy.tenant t using (tenant_id) where p.invoiced_until <= now() and t.state in ('ACTIVE', 'SUSPENDED') limit $1`;
/** Nor does anything announce the end of a grace. */
const ERASE = `select tenant_id as "tenantId" from tenancy.tenant
  where state = 'DELETING' and deletion_due_at <= now() and announced_at is null order by deletion_due_at limit $1`;
/** Nor a day that is over. */
const RETENTION = `select tenant_id as "tenantId" from tenancy.tenant where state = 'ACTIVE' and retention_due_at <= now() order by retention_due_at limit $1`;

/** Nor the end of what an export waits for. */
const EXPORTS = `select tenant_id as "tenantId", id as "exportId" from tenancy.tenant_export where due_at <= now() order by due_at limit $1`;

export const tenancyDoor = ({ tenants, plans, planChange, usage, alerts, keyRotations, announcement, erasure, retention, tenantExports, tenantExportRun, botAnnouncement, webhooks, deps }: TenancyServices): TenancyDoor => ({
  // Whoever registers a tenant announces it until it is confirmed: no opening waits here.
  open: (tenant) => tenants.open(tenant),
  announceKeyRotation: ({ tenantId, rotationId }) => keyRotations.announce(tenantId, rotationId),
  confirmKeyRotation: (rotated) => keyRotations.confirm(rotated),
  announceLimits: ({ tenantId }) => plans.announce(tenantId),
  noteUsage: ({ tenantId, ...report }) => usage.report(tenantId, report),
  recount: ({ tenantId }, system) => usage.recount(tenantId, system),
  settlePlan: ({ tenantId }) => planChange.settle(tenantId),
  announceAlerts: ({ tenantId }) => alerts.announce(tenantId),
  confirmAlert: ({ tenantId, dedupeKey }) => alerts.confirm(tenantId, dedupeKey),
  announceInboxBot: (inbox) => botAnnouncement.announce(inbox),
  confirmInboxBot: (noted) => botAnnouncement.confirm(noted),
  announceLife: ({ tenantId }) => announcement.announce(tenantId),
  confirmLife: ({ tenantId, version }) => announcement.confirm(tenantId, version),
  beginErasure: ({ tenantId }) => erasure.begin(tenantId),
  repeatErasure: ({ tenantId }) => erasure.repeat(tenantId),
  noteErasure: (answer) => erasure.note(answer),
  noteExportPart: (answer) => tenantExports.note(answer),
  runExport: ({ tenantId, exportId }) => tenantExportRun.run(tenantId, exportId),
  forget: (tenantId) => tenantExportRun.forget(tenantId),
  orderRetention: ({ tenantId }) => retention.order(tenantId),
  rotateKeys: (rotation, system) => deps.keyRotation.run(system, rotation),
  sendWebhooks: ({ tenantId, endpointId }) => webhooks.sender.send(tenantId, endpointId),
  tidy: tidyWebhooks,
  overdue: async (system) => [
    ...await overdueWebhooks(system),
    { job: rotateKeysJob, payloads: await deps.keyRotation.due(system), routine: true },
    { job: announceLimitsJob, payloads: (await system.query(LIMITS, [UNANSWERED.counters, BATCH])).rows },
    { job: announceAlertsJob, payloads: (await system.query(ALERTS, [UNANSWERED.counters, BATCH])).rows },
    { job: announceLifeJob, payloads: (await system.query(LIVES, [UNANSWERED.life, BATCH])).rows },
    { job: announceInboxBotJob, payloads: (await system.query(INBOX_BOTS, [UNANSWERED.life, BATCH])).rows },
    { job: repeatErasureJob, payloads: (await system.query(ERASURES, [UNANSWERED.erasure, BATCH])).rows },
    { job: announceKeyRotationJob, payloads: (await system.query(KEY_ROTATIONS, [UNANSWERED.keys, BATCH])).rows, routine: true },
    { job: settlePlanJob, payloads: (await system.query(SETTLE, [BATCH])).rows, routine: true },
    { job: runTenantExportJob, payloads: (await system.query(EXPORTS, [BATCH])).rows, routine: true },
    { job: recountJob, payloads: (await system.query(unrecountedQuotas('tenancy'), [BATCH])).rows, routine: true },
    { job: orderRetentionJob, payloads: (await system.query(RETENTION, [BATCH])).rows, routine: true },
    { job: beginErasureJob, payloads: (await system.query(ERASE, [BATCH])).rows, routine: true },
  ],
});
