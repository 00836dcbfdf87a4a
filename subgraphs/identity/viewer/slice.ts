// The caller, as itself.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import { ViewerResolver } from './viewer.resolver.js';

export const viewerSlice: Slice = {
  resolvers: [ViewerResolver],
  ids: { Tenant: 'tnt', ApiKey: 'key' },
  rules: {
    Query: { viewer: signedIn, hasPermission: signedIn },
    Viewer: each(inherited, 'user', 'apiKey', 'tenant', 'roles', 'permissions'),
    ApiKey: each(inherited, 'id'),
    Tenant: each(inherited, 'id'),
  },
};
