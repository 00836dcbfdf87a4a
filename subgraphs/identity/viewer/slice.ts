// The caller, as itself.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, evenClosed, inherited, signedIn } from '../../kernel/graphql/rules.js';
import { ViewerResolver } from './viewer.resolver.js';

export const viewerSlice: Slice = {
  resolvers: [ViewerResolver],
  ids: { Tenant: 'tnt' },
  rules: {
    Query: { viewer: evenClosed(signedIn), hasPermission: signedIn },
    Viewer: each(inherited, 'user', 'apiKey', 'tenant', 'tenants', 'roles', 'permissions'),
    Tenant: each(inherited, 'id'),
  },
};
