// Compliance as one value.
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { combineSlices } from '../kernel/graphql/slice.js';
import { AuditActorResolver, AuditResolver } from './audit/audit.resolver.js';
import { AuditService } from './audit/audit.service.js';
import { first } from './migrations/20261121-01-first.js';
import { apiKeyActors } from './migrations/20261124-01-api-key-actors.js';
import { permissions, rules } from './permissions.js';
import { SecurityEventFeed } from './security-event/security-event.feed.js';
import type { SecurityEventServices } from './security-event/security-event.resolver.js';
import { SecurityEventService } from './security-event/security-event.service.js';
import { securityEventSlice } from './security-event/slice.js';
import { entities } from './tables.js';

export interface ComplianceServices extends SecurityEventServices {
  audit: AuditService;
}

export const compliance: SubgraphModule<ComplianceServices> = {
  definition: combineSlices('compliance', [{
    resolvers: [AuditResolver, AuditActorResolver],
    orphanedTypes: [],
    entities,
    migrations: [first, apiKeyActors],
    platformTables: ['platform_audit_event', 'audit_quarantine'],
    personalTables: [],
    definerFunctions: [],
    ids: { AuditEvent: 'aud', User: 'user' },
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
  }, securityEventSlice]),
  services: ({ feed }) => ({ audit: new AuditService(), securityEvents: new SecurityEventService(), securityEventFeed: new SecurityEventFeed(feed) }),
  routes: () => ({}),
};
