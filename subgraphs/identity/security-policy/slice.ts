// The security policy of a tenant: second factor, limits of sessions.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, personCan } from '../../kernel/graphql/rules.js';
import { securityPolicyTable } from '../migrations/20261125-01-security-policy.js';
import { SecurityPolicy } from './security-policy.entity.js';
import { SecurityPolicyResolver } from './security-policy.resolver.js';

export const securityPolicySlice: Slice = {
  resolvers: [SecurityPolicyResolver],
  entities: [SecurityPolicy],
  migrations: [securityPolicyTable],
  permissions: {
    'settings:read': 'See the settings of the tenant.',
    'settings:update': 'Change the settings of the tenant, such as its security policy.',
  },
  rules: {
    Query: { securityPolicy: can('settings:read') },
    Mutation: { securityPolicyUpdate: personCan('settings:update') },
    SecurityPolicy: each(inherited, 'mfaRequired', 'sessionIdleMinutes', 'sessionAbsoluteMinutes'),
    SecurityPolicyUpdatePayload: each(inherited, 'securityPolicy', 'userErrors'),
  },
  mutations: { securityPolicyUpdate: { action: 'security_policy.update', type: 'SECURITY', resource: 'Tenant' } },
  classes: {
    Tenant: { mfaRequired: 'plain', sessionIdleMinutes: 'plain', sessionAbsoluteMinutes: 'plain' },
  },
};
