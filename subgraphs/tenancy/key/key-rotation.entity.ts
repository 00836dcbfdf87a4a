// Rotations of a tenant's data keys, and how far each subgraph that seals something has come.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type KeyRotationState = 'RUNNING' | 'FINISHED';

/** Who seals something with a tenant's key. A contract test holds it to what they declare. */
export const KEY_HOLDERS = ['identity', 'conversations', 'compliance', 'commerce', 'tenancy'] as const;
export type KeyHolder = (typeof KEY_HOLDERS)[number];

export const TenantKeyRotation = defineEntity({
  name: 'TenantKeyRotation', tableName: 'tenant_key_rotation', schema: 'tenancy',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    state: p.text().$type<KeyRotationState>(),
    note: p.text().nullable(),
    startedAt: p.datetime(3),
    /** When those who have not answered were last asked. */
    announcedAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
  },
});

export const TenantKeyRotationPart = defineEntity({
  name: 'TenantKeyRotationPart', tableName: 'tenant_key_rotation_part', schema: 'tenancy',
  properties: {
    rotationId: p.uuid().primary(),
    subgraph: p.text().$type<KeyHolder>().primary(),
    tenantId: p.uuid(),
    resealed: p.integer().nullable(),
    unreadable: p.integer().nullable(),
    finishedAt: p.datetime(3).nullable(),
  },
});
