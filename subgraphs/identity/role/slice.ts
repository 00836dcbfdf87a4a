// Roles: named sets of permissions, and who holds them.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import { MembershipRole, Role } from './role.entity.js';
import { roleById } from './role.loaders.js';
import { RoleType } from './role.type.js';

export const roleSlice: Slice = {
  orphanedTypes: [RoleType],
  entities: [Role, MembershipRole],
  ids: { Role: 'role' },
  rules: { Role: each(inherited, 'id', 'name') },
  references: { Role: { rule: signedIn, resolve: (context, id) => context.load(roleById, id) } },
};
