// Identity as one value: accounts, memberships, roles, sessions.
import 'reflect-metadata';
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { InputInvalid } from '../kernel/graphql/user-errors.js';
import { first } from './migrations/20261121-01-first.js';
import { permissions, rules } from './permissions.js';
import { references } from './references.js';
import { publishedPermissions } from './role/published-permissions.js';
import { RoleType } from './role/role.type.js';
import { identityServices, type IdentityServices } from './services.js';
import { SessionResolver } from './session/session.resolver.js';
import { InvalidCredentials, SessionExpired, TenantChoiceRequired } from './session/session.type.js';
import { entities } from './tables.js';
import { UserResolver } from './user/user.resolver.js';
import { User } from './user/user.type.js';
import { ViewerResolver } from './viewer/viewer.resolver.js';

/** @param published every permission that exists; roles never give another */
export const identityWith = (published: () => readonly string[]): SubgraphModule<IdentityServices> => ({
  definition: {
    name: 'identity',
    resolvers: [ViewerResolver, UserResolver, SessionResolver],
    orphanedTypes: [User, RoleType, InputInvalid, InvalidCredentials, SessionExpired, TenantChoiceRequired],
    entities,
    migrations: [first],
    platformTables: ['account', 'signing_key'],
    definerFunctions: ['memberships_of', 'session_by_id', 'session_by_refresh'],
    ids: { User: 'user', Role: 'role', Session: 'sess', Tenant: 'tnt', ApiKey: 'key' },
    nodes: ['User'],
    permissions,
    rules,
    mutations: {
      login: { action: 'auth.login', type: 'AUTHENTICATION', resource: 'Session' },
      sessionRefresh: { action: 'auth.refresh', type: 'AUTHENTICATION', resource: 'Session' },
      logout: { action: 'auth.logout', type: 'AUTHENTICATION', resource: 'Session' },
    },
    references,
    routes: [{ name: 'jwks', method: 'GET', path: '/.well-known/jwks.json', auth: 'public', maxBytes: 1_024, timeoutMs: 5_000 }],
    events: [],
    jobs: [],
    triggers: [],
  },
  services: (deps) => identityServices(deps, published),
  routes: ({ signingKeys }) => ({
    jwks: async () => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
      body: JSON.stringify((await signingKeys.keys()).jwks),
    }),
  }),
});

export const identity = identityWith(publishedPermissions);
