// Grants: who holds which role, by whom, since and until when.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, personCan } from '../../kernel/graphql/rules.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { GrantResolver } from './grant.resolver.js';
import { NotGranted } from './grant.type.js';

export const grantSlice: Slice = {
  resolvers: [GrantResolver],
  orphanedTypes: [NotGranted],
  rules: {
    Mutation: each(personCan(MANAGE_USERS), 'roleGrant', 'roleRevoke'),
    RoleGrant: each(inherited, 'role', 'grantedBy', 'grantedAt', 'until', 'expired'),
    RoleGrantPayload: each(inherited, 'user', 'userErrors'),
    RoleRevokePayload: each(inherited, 'user', 'userErrors'),
    NotGranted: each(inherited, ...USER_ERROR_FIELDS),
  },
  mutations: {
    roleGrant: { action: 'role.grant', type: 'AUTHORIZATION', resource: 'User' },
    roleRevoke: { action: 'role.revoke', type: 'AUTHORIZATION', resource: 'User' },
  },
  classes: {
    User: { role: 'plain', until: 'plain', privileges: 'plain' },
  },
};
