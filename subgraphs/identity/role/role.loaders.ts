// Batched reads of roles.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';

export interface RoleRow {
  id: string;
  name: string;
}

export const roleById = defineLoader<OperationContext, string, RoleRow>({
  name: 'role by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('Role').select(['id', 'name'])
      .where('tenantId', '=', homeOf(context.actor)).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});

/** The roles of a person in the actor's tenant, by name. */
export const rolesOfUser = defineLoader<OperationContext, string, RoleRow[]>({
  name: 'roles of user',
  keyOf: (userId) => userId,
  batch: async (context, userIds) => {
    const found = await db(await readHome(context)).selectFrom('MembershipRole as g')
      .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
      .select(['g.userId', 'r.id', 'r.name'])
      .where('g.tenantId', '=', homeOf(context.actor)).where('g.userId', 'in', [...userIds])
      .orderBy('r.name').orderBy('r.id').execute();
    return Map.groupBy(found, (row) => row.userId);
  },
});
