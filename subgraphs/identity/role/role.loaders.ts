// Batched reads of roles and of who holds them.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';
import type { RolePreset } from './role.presets.js';

export interface RoleRow {
  id: string;
  name: string;
  description: string | null;
  preset: RolePreset | null;
  /** Of its own making; null for a preset. Not the field of the graph, which expands presets. */
  listed: string[] | null;
  createdAt: Date;
}

export const ROLE_COLUMNS = ['r.id', 'r.name', 'r.description', 'r.preset', 'r.permissions as listed', 'r.createdAt'] as const;

export const roleById = defineLoader<OperationContext, string, RoleRow>({
  name: 'role by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('Role as r').select(ROLE_COLUMNS)
      .where('r.tenantId', '=', homeOf(context.actor)).where('r.id', 'in', [...ids]).where('r.deletedAt', 'is', null).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});

export interface GrantRow {
  userId: string;
  grantedById: string | null;
  grantedAt: Date;
  until: Date | null;
  expired: boolean;
  role: RoleRow;
}

/** The grants of a person in the actor's tenant, also those that have expired, by the role's name. */
export const grantsOfUser = defineLoader<OperationContext, string, GrantRow[]>({
  name: 'grants of user',
  keyOf: (userId) => userId,
  batch: async (context, userIds) => {
    const now = context.deps.clock.now();
    const found = await db(await readHome(context)).selectFrom('MembershipRole as g')
      .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
      .select(['g.userId', 'g.grantedBy', 'g.grantedAt', 'g.expiresAt']).select(ROLE_COLUMNS)
      .where('g.tenantId', '=', homeOf(context.actor)).where('g.userId', 'in', [...userIds])
      .orderBy('r.name').orderBy('r.id').execute();
    const grants = found.map(({ userId, grantedBy, grantedAt, expiresAt, ...role }): GrantRow => ({
      userId, grantedById: grantedBy, grantedAt, until: expiresAt, expired: expiresAt !== null && expiresAt <= now, role,
    }));
    return Map.groupBy(grants, (grant) => grant.userId);
  },
});
