// A key with which a tenant's programs act, and the secrets that open it: one that lasts, and those a rotation lets run out.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const ApiKey = defineEntity({
  name: 'ApiKey', tableName: 'api_key', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    /** The beginning of the newest secret. */
    hint: p.text(),
    scopes: p.array().$type<string[]>(),
    /** Networks it may be used from; empty: from anywhere. */
    ips: p.array().$type<string[]>(),
    expiresAt: p.datetime(3).nullable(),
    /** Who made it: a fact, not an owner. The key outlives their membership. */
    createdBy: p.uuid(),
    createdAt: p.datetime(3),
    revokedAt: p.datetime(3).nullable(),
    lastUsedAt: p.datetime(3).nullable(),
    lastUsedIp: p.text().nullable(),
  },
});

export const ApiKeySecret = defineEntity({
  name: 'ApiKeySecret', tableName: 'api_key_secret', schema: 'identity',
  properties: {
    /** SHA-256 in hex. */
    hash: p.text().primary(),
    tenantId: p.uuid(),
    apiKeyId: p.uuid(),
    createdAt: p.datetime(3),
    /** Null: it lasts as long as the key. */
    endsAt: p.datetime(3).nullable(),
  },
});
