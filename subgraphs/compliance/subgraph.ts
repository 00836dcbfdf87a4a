// Compliance as one value.
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { AuditActorResolver, AuditResolver } from './audit/audit.resolver.js';
import { AuditService } from './audit/audit.service.js';
import { first } from './migrations/20261121-01-first.js';
import { apiKeyActors } from './migrations/20261124-01-api-key-actors.js';
import { log } from './migrations/20261129-01-log.js';
import { AUDIT_MAINTENANCE } from './migrations/20261129-01-log.functions.js';
import { permissions, rules } from './permissions.js';
import { entities } from './tables.js';

export interface ComplianceServices {
  audit: AuditService;
}

export const compliance: SubgraphModule<ComplianceServices> = {
  definition: {
    name: 'compliance',
    resolvers: [AuditResolver, AuditActorResolver],
    orphanedTypes: [],
    entities,
    migrations: [first, apiKeyActors, log],
    platformTables: ['platform_audit_event', 'audit_quarantine', 'log_key'],
    personalTables: [],
    definerFunctions: [],
    systemFunctions: AUDIT_MAINTENANCE,
    ids: { AuditEvent: 'aud', Tenant: 'tnt', User: 'user' },
    nodes: [],
    permissions,
    rules,
    mutations: {},
    references: {},
    routes: [],
    events: [],
    jobs: [],
    triggers: [],
    reactions: [],
  },
  services: () => ({ audit: new AuditService() }),
  routes: () => ({}),
};
