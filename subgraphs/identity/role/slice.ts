// Roles: named sets of permissions, presets and a tenant's own.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, personCan, signedIn } from '../../kernel/graphql/rules.js';
import { rights } from '../migrations/20261125-21-rights.js';
import { rightsInSql } from '../migrations/20261125-22-rights-in-sql.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { MembershipRole, PastGrant, Role, RoleVersion } from './role.entity.js';
import { roleById } from './role.loaders.js';
import { RoleResolver } from './role.resolver.js';
import { MANAGE_USERS } from './role.rights.js';
import { GrantRefused, LastOwner, RoleFixed, RoleLimitReached, RoleNameTaken, RoleNotFound, RoleType } from './role.type.js';

export const roleSlice: Slice = {
  resolvers: [RoleResolver],
  orphanedTypes: [RoleType, GrantRefused, LastOwner, RoleFixed, RoleLimitReached, RoleNameTaken, RoleNotFound],
  entities: [Role, RoleVersion, MembershipRole, PastGrant],
  migrations: [rights, rightsInSql],
  platformTables: ['preset_permission'],
  ids: { Role: 'role' },
  rules: {
    Query: { roles: can('user:read') },
    Mutation: each(personCan(MANAGE_USERS), 'roleCreate', 'roleUpdate', 'roleDelete'),
    Role: each(inherited, 'id', 'name', 'description', 'preset', 'permissions', 'createdAt'),
    RoleConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    RoleEdge: each(inherited, 'node', 'cursor'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
    RoleCreatePayload: each(inherited, 'role', 'userErrors'),
    RoleUpdatePayload: each(inherited, 'role', 'userErrors'),
    RoleDeletePayload: each(inherited, 'grantsEnded', 'userErrors'),
    RoleNotFound: each(inherited, ...USER_ERROR_FIELDS),
    RoleNameTaken: each(inherited, ...USER_ERROR_FIELDS),
    RoleFixed: each(inherited, ...USER_ERROR_FIELDS),
    RoleLimitReached: each(inherited, ...USER_ERROR_FIELDS),
    LastOwner: each(inherited, ...USER_ERROR_FIELDS),
    GrantRefused: each(inherited, ...USER_ERROR_FIELDS, 'permissions'),
  },
  mutations: {
    roleCreate: { action: 'role.create', type: 'AUTHORIZATION', resource: 'Role' },
    roleUpdate: { action: 'role.update', type: 'AUTHORIZATION', resource: 'Role' },
    roleDelete: { action: 'role.delete', type: 'AUTHORIZATION', resource: 'Role' },
  },
  references: { Role: { rule: signedIn, resolve: (context, id) => context.load(roleById, id) } },
  classes: {
    Role: { name: 'plain', description: 'plain', permissions: 'plain', preset: 'plain', grantsEnded: 'plain' },
  },
};
