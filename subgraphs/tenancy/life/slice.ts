// The life of tenants: changed, suspended, deleted.
import { z } from 'zod';
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, evenClosed, inherited, personCan } from '../../kernel/graphql/rules.js';
import { announceLifeJob, confirmLifeJob } from '../jobs.js';
import { tenantLife } from '../migrations/20261129-74-tenant-life.js';
import { lifeEvents } from './life.events.js';
import { LifeResolver } from './life.resolver.js';
import { TenantNotFound, TenantStateWrong } from './life.type.js';

const UPDATE = 'org:update';
const DELETE = 'org:delete';
/** Declared by compliance. */
const PLATFORM = 'system:admin';
const USER_ERROR_FIELDS = ['message', 'code', 'field'];

/** Of identity's confirmation, what is read here. */
const stateFollowed = z.object({ tenantId: z.uuid(), version: z.number().int() });

export const lifeSlice: Slice = {
  resolvers: [LifeResolver],
  orphanedTypes: [TenantNotFound, TenantStateWrong],
  migrations: [tenantLife],
  definerFunctions: ['tenant_directory'],
  permissions: {
    [UPDATE]: 'Change the profile of the tenant: name, locale, time zone, currency.',
    [DELETE]: 'Delete the tenant with everything in it, and cancel that until it is done.',
  },
  rules: {
    Query: { tenants: can(PLATFORM) },
    Mutation: {
      tenantUpdate: can(UPDATE), ...each(can(PLATFORM), 'tenantSuspend', 'tenantReactivate'),
      // An owner may leave a suspended tenant too, and must be able to come back from a deletion.
      ...each(evenClosed(personCan(DELETE)), 'tenantDelete', 'tenantDeletionCancel'),
    },
    TenantConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    TenantEdge: each(inherited, 'node', 'cursor'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
    ...Object.fromEntries(['Update', 'Suspend', 'Reactivate', 'Delete', 'DeletionCancel'].map((name) => [`Tenant${name}Payload`, each(inherited, 'tenant', 'userErrors')])),
    ...Object.fromEntries(['TenantNotFound', 'TenantStateWrong', 'InputInvalid'].map((name) => [name, each(inherited, ...USER_ERROR_FIELDS)])),
  },
  mutations: {
    tenantUpdate: { action: 'tenant.update', type: 'DATA_WRITE', resource: 'Tenant' },
    tenantSuspend: { action: 'tenant.suspend', type: 'AUTHORIZATION', resource: 'Tenant' },
    tenantReactivate: { action: 'tenant.reactivate', type: 'AUTHORIZATION', resource: 'Tenant' },
    tenantDelete: { action: 'tenant.delete', type: 'DATA_DELETE', resource: 'Tenant' },
    tenantDeletionCancel: { action: 'tenant.cancel_deletion', type: 'DATA_DELETE', resource: 'Tenant' },
  },
  classes: {
    Tenant: {
      name: 'personal', locale: 'plain', timeZone: 'plain', currency: 'plain', state: 'plain', suspensionReason: 'personal', deletionDueAt: 'plain',
    },
  },
  events: [...lifeEvents],
  jobs: [announceLifeJob, confirmLifeJob],
  reactions: [{ from: 'identity', event: 'TenantStateFollowed', version: 1, job: confirmLifeJob, payload: (_tenantId, event) => stateFollowed.parse(event) }],
};
