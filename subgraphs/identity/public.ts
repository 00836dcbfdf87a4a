// What the rest of the house may call of identity.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { ApiUsagePort } from '../kernel/base/api-usage.js';
import type { Delegate } from '../kernel/base/graph-client.js';
import type { AuthenticatePort } from '../kernel/base/subgraph-port.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { unrecountedQuotas, unreportedQuotas } from '../kernel/data/quota-tables.js';
import { announceJob, announceMemberJob, announceRemovalJob, limitJobs, mailJob, rotateKeysJob, type confirmMemberJob, type confirmJob, type confirmRemovalJob, type followTenantJob, type notifyJob, type purgeJob } from './jobs.js';
import type { IdentityServices } from './services.js';
import { PLATFORM_TENANT_ID } from './platform.js';
import { tidyIdentity } from './tidy.js';

/** The gateway's way to check sessions and fetch the public keys. */
export const authenticatePort = ({ authentication, keyAuthentication, delegations, accessChanges, signingKeys }: IdentityServices): AuthenticatePort => ({
  session: (sessionId) => authentication.session(sessionId),
  apiKey: (hash, ip) => keyAuthentication.apiKey(hash, ip),
  delegation: (token) => delegations.authenticate(token),
  changes: (cursor) => accessChanges.since(cursor),
  jwks: async () => (await signingKeys.keys()).jwks,
});

/** Where gateways hand over the counts of API calls. */
export const apiUsagePort = ({ apiUsage }: IdentityServices): ApiUsagePort => apiUsage;

/** What lets workers act for somebody who is not there. */
export const delegationsOf = ({ delegations }: IdentityServices): { issue(delegate: Delegate, permission: string): Promise<string | null> } => delegations;

/** All that workers may call. */
export interface IdentityDoor {
  mail(payload: z.infer<typeof mailJob.payload>): Promise<unknown>;
  announce(payload: z.infer<typeof announceJob.payload>): Promise<boolean>;
  confirm(payload: z.infer<typeof confirmJob.payload>): Promise<boolean>;
  followTenant(payload: z.infer<typeof followTenantJob.payload>): Promise<boolean>;
  notify(payload: z.infer<typeof notifyJob.payload>): Promise<number>;
  announceRemoval(payload: z.infer<typeof announceRemovalJob.payload>): Promise<boolean>;
  confirmRemoval(payload: z.infer<typeof confirmRemovalJob.payload>): Promise<boolean>;
  announceMember(payload: z.infer<typeof announceMemberJob.payload>): Promise<boolean>;
  confirmMember(payload: z.infer<typeof confirmMemberJob.payload>): Promise<boolean>;
  purge(payload: z.infer<typeof purgeJob.payload>): Promise<number>;
  rotateKeys(payload: z.infer<typeof rotateKeysJob.payload>, system: Pool): Promise<boolean>;
  applyLimits(payload: z.infer<typeof limitJobs.apply.payload>): Promise<boolean>;
  measure(payload: z.infer<typeof limitJobs.measure.payload>): Promise<number>;
  confirmMeasure(payload: z.infer<typeof limitJobs.confirm.payload>): Promise<void>;
  recount(payload: z.infer<typeof limitJobs.recount.payload>, system: Pool): Promise<number>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
  /** Deletes what is of no use any more, now and then. */
  tidy(system: Pool): Promise<void>;
}

const BATCH = 500;
/** Others answer within a fraction of a second; what they have not answered by then is announced again. */
const UNCONFIRMED_SECONDS = 5;

const MAILS = `select tenant_id as home, id as "mailId" from identity.mail where state = 'QUEUED' and next_attempt_at <= now()
  order by next_attempt_at limit $1`;
const REGISTRATIONS = `select tenant_id as "tenantId" from identity.organization
  where registration is not null and announced_at < now() - make_interval(secs => $2) order by announced_at limit $1`;

const REMOVALS = `select tenant_id as "tenantId", user_id as "userId" from identity.membership
  where removal_announced_at < now() - make_interval(secs => $2) order by removal_announced_at limit $1`;

// Triggers know of a new state; the platform's people are nobody's colleagues in a tenant.
const MEMBERS = `select tenant_id as "tenantId", user_id as "userId" from identity.membership
  where state_announced_at < now() - make_interval(secs => $2) and tenant_id <> '${PLATFORM_TENANT_ID}' order by state_announced_at limit $1`;

export const identityDoor = ({ dataKeys, limits, mailDelivery, memberAnnouncement, notificationDelivery, organizations, retention, userRemoval }: IdentityServices): IdentityDoor => ({
  mail: ({ home, mailId }) => mailDelivery.deliver(home, mailId),
  announce: ({ tenantId }) => organizations.announce(tenantId),
  confirm: ({ tenantId }) => organizations.confirm(tenantId),
  followTenant: (tenant) => organizations.follow(tenant),
  announceRemoval: (removed) => userRemoval.announce(removed),
  confirmRemoval: (removed) => userRemoval.confirm(removed),
  announceMember: (member) => memberAnnouncement.announce(member),
  confirmMember: (noted) => memberAnnouncement.confirm(noted),
  purge: (order) => retention.purge(order),
  rotateKeys: (rotation, system) => dataKeys.run(system, rotation),
  // Whoever asks for a notification asks again until it is confirmed: nothing of it waits here.
  notify: ({ tenantId, request }) => notificationDelivery.request(tenantId, request),
  applyLimits: ({ tenantId, ...granted }) => limits.apply(tenantId, granted),
  measure: ({ tenantId }) => limits.measure(tenantId),
  confirmMeasure: ({ tenantId, ...noted }) => limits.confirm(tenantId, noted),
  recount: ({ tenantId }, system) => limits.recount(tenantId, system),
  overdue: async (system) => [
    // An event belongs to a tenant, and many mails to none: the sweeper alone finds them, within a second.
    { job: mailJob, payloads: (await system.query(MAILS, [BATCH])).rows, routine: true },
    { job: announceJob, payloads: (await system.query(REGISTRATIONS, [BATCH, UNCONFIRMED_SECONDS])).rows },
    { job: announceRemovalJob, payloads: (await system.query(REMOVALS, [BATCH, UNCONFIRMED_SECONDS])).rows },
    { job: announceMemberJob, payloads: (await system.query(MEMBERS, [BATCH, UNCONFIRMED_SECONDS])).rows, routine: true },
    { job: rotateKeysJob, payloads: await dataKeys.due(system), routine: true },
    // Counters change often; what they say is gathered here.
    { job: limitJobs.measure, payloads: (await system.query(unreportedQuotas('identity'), [UNCONFIRMED_SECONDS, BATCH])).rows, routine: true },
    { job: limitJobs.recount, payloads: (await system.query(unrecountedQuotas('identity'), [BATCH])).rows, routine: true },
  ],
  tidy: tidyIdentity(),
});
