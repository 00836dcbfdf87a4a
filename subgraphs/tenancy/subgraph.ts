// Tenancy as one value: tenants, and `node(id)` for the whole graph.
import 'reflect-metadata';
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { events } from './events.js';
import { openJob, reactions } from './jobs.js';
import { first } from './migrations/20261121-01-first.js';
import { NODE_PREFIXES, foreignStubs } from './node/node-owners.js';
import { NodeResolver } from './node/node.resolver.js';
import { permissions, rules } from './permissions.js';
import { references } from './references.js';
import { entities } from './tables.js';
import { TenantResolver } from './tenant/tenant.resolver.js';
import { TenantService } from './tenant/tenant.service.js';
import { TenantType } from './tenant/tenant.type.js';

export interface TenancyServices {
  tenants: TenantService;
}

export const tenancy: SubgraphModule<TenancyServices> = {
  definition: {
    name: 'tenancy',
    resolvers: [TenantResolver, NodeResolver],
    orphanedTypes: [TenantType, ...foreignStubs],
    entities,
    migrations: [first],
    platformTables: [],
    personalTables: [],
    definerFunctions: [], systemFunctions: [],
    ids: { ...NODE_PREFIXES },
    nodes: ['Tenant'],
    permissions,
    rules,
    mutations: {},
    classes: { Tenant: { tier: 'plain' } },
    references,
    routes: [],
    events,
    jobs: [openJob],
    triggers: [],
    reactions,
  },
  services: (deps) => ({ tenants: new TenantService(deps) }),
  routes: () => ({}),
};
