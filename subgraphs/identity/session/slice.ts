// Sessions: signing in, staying in, signing out.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, open, person, signedIn } from '../../kernel/graphql/rules.js';
import { sessionEnd } from '../migrations/20261124-02-session-end.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { Session, SpentRefresh } from './session.entity.js';
import { SessionResolver } from './session.resolver.js';
import { InvalidCredentials, SessionExpired, TenantChoiceRequired } from './session.type.js';

export const sessionSlice: Slice = {
  resolvers: [SessionResolver],
  orphanedTypes: [InvalidCredentials, SessionExpired, TenantChoiceRequired],
  entities: [Session, SpentRefresh],
  migrations: [sessionEnd],
  definerFunctions: ['session_by_id', 'session_by_refresh'],
  ids: { Session: 'sess' },
  rules: {
    Mutation: { login: open, sessionRefresh: open, sessionSwitchTenant: person, logout: signedIn },
    LoginPayload: each(inherited, 'session', 'mfaChallenge', 'userErrors'),
    SessionRefreshPayload: each(inherited, 'session', 'userErrors'),
    SessionSwitchTenantPayload: each(inherited, 'session', 'userErrors'),
    LogoutPayload: each(inherited, 'sessionsEnded', 'userErrors'),
    SessionTokens: each(inherited, 'accessToken', 'accessTokenExpiresAt', 'refreshToken'),
    MfaChallenge: each(inherited, 'token', 'methods', 'setUpRequired', 'expiresAt'),
    InvalidCredentials: each(inherited, ...USER_ERROR_FIELDS),
    SessionExpired: each(inherited, ...USER_ERROR_FIELDS),
    TenantChoiceRequired: each(inherited, ...USER_ERROR_FIELDS, 'tenantIds', 'tenants'),
    TenantChoice: each(inherited, 'id', 'name'),
  },
  mutations: {
    login: { action: 'auth.login', type: 'AUTHENTICATION', resource: 'Session' },
    sessionRefresh: { action: 'auth.refresh', type: 'AUTHENTICATION', resource: 'Session' },
    sessionSwitchTenant: { action: 'auth.switch_tenant', type: 'AUTHENTICATION', resource: 'Session' },
    logout: { action: 'auth.logout', type: 'AUTHENTICATION', resource: 'Session' },
  },
};
