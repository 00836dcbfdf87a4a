// A named set of permissions in a tenant, what it gave over time, and who holds it.
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
    description: p.text().nullable(),
    createdAt: p.datetime(3),
    /** Null: made by the system. */
    createdBy: p.uuid().nullable(),
    updatedAt: p.datetime(3).nullable(),
    /** It gives nothing any more, and stays for the history of grants. */
    deletedAt: p.datetime(3).nullable(),
  },
});

/** Name and permissions of a custom role from `since` on. */
export const RoleVersion = defineEntity({
  name: 'RoleVersion', tableName: 'role_version', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    roleId: p.uuid(),
    name: p.text(),
    permissions: p.array().$type<string[]>(),
    changedBy: p.uuid().nullable(),
    since: p.datetime(3),
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
    /** From this instant on it gives nothing; null: it does not end by itself. */
    expiresAt: p.datetime(3).nullable(),
  },
});

/** A grant that was taken away or replaced. */
export const PastGrant = defineEntity({
  name: 'PastGrant', tableName: 'past_grant', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    userId: p.uuid(),
    roleId: p.uuid(),
    grantedBy: p.uuid().nullable(),
    grantedAt: p.datetime(3),
    expiresAt: p.datetime(3).nullable(),
    endedBy: p.uuid().nullable(),
    endedAt: p.datetime(3),
  },
});
