// Who may see what of compliance.
import { can, each, inherited, type RuleMap } from '../kernel/graphql/rules.js';

/** Needed besides `audit:read` by actors of no tenant, who read the platform's own trail. */
export const PLATFORM_PERMISSION = 'system:admin';

export const permissions = {
  'audit:read': 'Read the audit trail.',
  [PLATFORM_PERMISSION]: 'Run the platform: see, suspend and reactivate its tenants, try the walls between them, and read the audit trail of the platform itself.',
};

export const rules: RuleMap = {
  Query: { ...each(can('audit:read'), 'auditEvents', 'auditHistory') },
  AuditEventConnection: { ...each(inherited, 'nodes', 'edges', 'pageInfo', 'limitedTo') },
  AuditLimit: { ...each(inherited, 'types', 'since', 'tiersThatAllow') },
  AuditEventEdge: { ...each(inherited, 'node', 'cursor') },
  PageInfo: { ...each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage') },
  AuditEvent: {
    ...each(
      inherited, 'id', 'type', 'action', 'severity', 'outcome', 'occurredAt', 'actor', 'resource', 'correlationId', 'reason',
      'ip', 'userAgent', 'before', 'after', 'position', 'sealedAt', 'erasedAt',
    ),
  },
  AuditActor: { ...each(inherited, 'kind', 'id', 'user') },
  AuditResource: { ...each(inherited, 'type', 'id') },
  User: { ...each(inherited, 'id') },
};
