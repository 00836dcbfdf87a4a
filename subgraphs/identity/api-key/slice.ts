// API keys: programs that act for a tenant.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, personCan } from '../../kernel/graphql/rules.js';
import { apiKeyTables } from '../migrations/20261125-04-api-key.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { ApiKey, ApiKeySecret } from './api-key.entity.js';
import { ApiKeyResolver } from './api-key.resolver.js';
import { ApiKeyNotFound, ApiKeyRevoked, ScopesRefused } from './api-key.type.js';

const audited = (verb: string) => ({ action: `api_key.${verb}`, type: 'SECURITY' as const, resource: 'ApiKey' });

export const apiKeySlice: Slice = {
  resolvers: [ApiKeyResolver],
  orphanedTypes: [ApiKeyNotFound, ApiKeyRevoked, ScopesRefused],
  entities: [ApiKey, ApiKeySecret],
  migrations: [apiKeyTables],
  definerFunctions: ['api_key_by_hash'],
  ids: { ApiKey: 'key' },
  permissions: {
    'api_key:read': 'See the API keys of the tenant, never their secrets.',
    'api_key:manage': 'Make, change, rotate and revoke API keys, as a person, with no more scopes than one holds.',
  },
  sensitiveReads: ['api_key:read'],
  rules: {
    Query: { apiKeys: can('api_key:read') },
    Mutation: each(personCan('api_key:manage'), 'apiKeyCreate', 'apiKeyUpdate', 'apiKeyRotate', 'apiKeyRevoke'),
    ApiKey: each(
      inherited, 'id', 'name', 'hint', 'status', 'scopes', 'ips', 'createdAt', 'createdBy', 'expiresAt', 'revokedAt', 'lastUsedAt', 'lastUsedIp',
    ),
    ApiKeyConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    ApiKeyEdge: each(inherited, 'node', 'cursor'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
    ApiKeyCreatePayload: each(inherited, 'apiKey', 'secret', 'userErrors'),
    ApiKeyUpdatePayload: each(inherited, 'apiKey', 'userErrors'),
    ApiKeyRotatePayload: each(inherited, 'apiKey', 'secret', 'oldSecretEndsAt', 'userErrors'),
    ApiKeyRevokePayload: each(inherited, 'apiKey', 'userErrors'),
    ApiKeyNotFound: each(inherited, ...USER_ERROR_FIELDS),
    ApiKeyRevoked: each(inherited, ...USER_ERROR_FIELDS),
    ScopesRefused: each(inherited, ...USER_ERROR_FIELDS, 'scopes'),
  },
  mutations: {
    apiKeyCreate: audited('create'), apiKeyUpdate: audited('update'), apiKeyRotate: audited('rotate'), apiKeyRevoke: audited('revoke'),
  },
  classes: {
    ApiKey: { name: 'plain', scopes: 'plain', ips: 'personal', expiresAt: 'plain', oldSecretEndsAt: 'plain', revokedAt: 'plain', refused: 'plain' },
  },
};
