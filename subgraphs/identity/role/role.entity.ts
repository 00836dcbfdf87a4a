// A named set of permissions in a tenant, and who holds it.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { RolePreset } from './role.presets.js';

export const Role = defineEntity({
  name: 'Role', tableName: 'role', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    /** Permissions follow the preset; null: `permissions` lists them. */
    preset: p.text().$type<RolePreset>().nullable(),
    permissions: p.array().$type<string[]>().nullable(),
    createdAt: p.datetime(3),
  },
});

export const MembershipRole = defineEntity({
  name: 'MembershipRole', tableName: 'membership_role', schema: 'identity',
  properties: {
    userId: p.uuid().primary(),
    roleId: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Null: granted by the system. */
    grantedBy: p.uuid().nullable(),
    grantedAt: p.datetime(3),
  },
});
