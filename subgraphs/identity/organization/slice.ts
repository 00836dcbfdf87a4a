// Organizations: what identity must know of a tenant before anybody is signed in.
import { z } from 'zod';
import type { Slice } from '../../kernel/graphql/slice.js';
import type { JobReaction } from '../../kernel/messaging/jobs.js';
import { announceJob, confirmJob, followTenantJob } from '../jobs.js';
import { organization } from '../migrations/20261125-32-organization.js';
import { organizationState } from '../migrations/20261129-74-organization-state.js';
import { brand } from '../migrations/20261129-96-brand.js';
import { Organization } from './organization.entity.js';
import { TenantRegistered, TenantStateFollowed } from './organization.events.js';

/** What tenancy says of a tenant's life. Each names the tenant's state, so that the newest alone counts. */
const LIFE = ['TenantUpdated', 'TenantSuspended', 'TenantReactivated', 'TenantDeletionScheduled', 'TenantDeletionCancelled'];

/** Of tenancy's announcement, what is read here. */
const tenantOpened = z.object({ tenantId: z.uuid() });

export const organizationSlice: Slice = {
  entities: [Organization],
  migrations: [organization, organizationState, brand],
  definerFunctions: ['organizations_of'],
  events: [TenantRegistered, TenantStateFollowed],
  jobs: [announceJob, confirmJob, followTenantJob],
  reactions: [
    { from: 'tenancy', event: 'TenantOpened', version: 1, job: confirmJob, payload: (_tenantId, event) => tenantOpened.parse(event) },
    ...LIFE.map((event): JobReaction => ({ from: 'tenancy', event, version: 1, job: followTenantJob, payload: (_tenantId, payload) => followTenantJob.payload.parse(payload) })),
  ],
};
