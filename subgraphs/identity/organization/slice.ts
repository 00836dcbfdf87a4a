// Organizations: what identity must know of a tenant before anybody is signed in.
import { z } from 'zod';
import type { Slice } from '../../kernel/graphql/slice.js';
import { announceJob, confirmJob } from '../jobs.js';
import { organization } from '../migrations/20261125-32-organization.js';
import { Organization } from './organization.entity.js';
import { TenantRegistered } from './organization.events.js';

/** Of tenancy's announcement, what is read here. */
const tenantOpened = z.object({ tenantId: z.uuid() });

export const organizationSlice: Slice = {
  entities: [Organization],
  migrations: [organization],
  definerFunctions: ['organizations_of'],
  events: [TenantRegistered],
  jobs: [announceJob, confirmJob],
  reactions: [{ from: 'tenancy', event: 'TenantOpened', version: 1, job: confirmJob, payload: (_tenantId, event) => tenantOpened.parse(event) }],
};
