// Sessions: signing in, staying in, signing out.
import type { Slice } from '../../kernel/graphql/slice.js';
import { canTold, each, evenClosed, inherited, open, person, signedIn } from '../../kernel/graphql/rules.js';
import { sessionEnd } from '../migrations/20261124-02-session-end.js';
import { refreshGrace } from '../migrations/20261125-02-refresh-grace.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { Session, SpentRefresh } from './session.entity.js';
import { SessionListResolver, UserSessionsResolver, ViewerSessionsResolver } from './session.list.resolver.js';
import { SessionNotFound } from './session.list.type.js';
import { SessionResolver } from './session.resolver.js';
import { InvalidCredentials, SessionExpired, TenantChoiceRequired, TenantSuspended } from './session.type.js';

export const sessionSlice: Slice = {
  resolvers: [SessionResolver, SessionListResolver, ViewerSessionsResolver, UserSessionsResolver],
  orphanedTypes: [InvalidCredentials, SessionNotFound, SessionExpired, TenantChoiceRequired, TenantSuspended],
  entities: [Session, SpentRefresh],
  migrations: [sessionEnd, refreshGrace],
  definerFunctions: ['session_by_id', 'session_by_refresh'],
  ids: { Session: 'sess' },
  rules: {
    Mutation: { login: open, sessionRefresh: open, ...each(person, 'sessionRevoke', 'sessionsRevoke'), ...each(evenClosed(person), 'logout', 'sessionSwitchTenant') },
    Viewer: { sessions: signedIn },
    User: { sessions: canTold(MANAGE_USERS, 'session.read') },
    Session: each(inherited, 'id', 'device', 'ip', 'createdAt', 'lastSeenAt', 'expiresAt', 'current'),
    SessionConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    SessionEdge: each(inherited, 'node', 'cursor'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
    SessionRevokePayload: each(inherited, 'sessionsEnded', 'userErrors'),
    SessionsRevokePayload: each(inherited, 'sessionsEnded', 'userErrors'),
    SessionNotFound: each(inherited, ...USER_ERROR_FIELDS),
    LoginPayload: each(inherited, 'session', 'mfaChallenge', 'userErrors'),
    SessionRefreshPayload: each(inherited, 'session', 'userErrors'),
    SessionSwitchTenantPayload: each(inherited, 'session', 'userErrors'),
    LogoutPayload: each(inherited, 'sessionsEnded', 'userErrors'),
    SessionTokens: each(inherited, 'accessToken', 'accessTokenExpiresAt', 'refreshToken'),
    MfaChallenge: each(inherited, 'token', 'methods', 'setUpRequired', 'expiresAt'),
    InvalidCredentials: each(inherited, ...USER_ERROR_FIELDS),
    SessionExpired: each(inherited, ...USER_ERROR_FIELDS),
    TenantSuspended: each(inherited, ...USER_ERROR_FIELDS),
    TenantChoiceRequired: each(inherited, ...USER_ERROR_FIELDS, 'tenantIds', 'tenants'),
    TenantChoice: each(inherited, 'id', 'name'),
  },
  mutations: {
    login: { action: 'auth.login', type: 'AUTHENTICATION', resource: 'Session' },
    sessionRefresh: { action: 'auth.refresh', type: 'AUTHENTICATION', resource: 'Session' },
    sessionRevoke: { action: 'session.revoke', type: 'AUTHENTICATION', resource: 'Session' },
    sessionsRevoke: { action: 'session.revoke', type: 'AUTHENTICATION', resource: 'Session' },
    sessionSwitchTenant: { action: 'auth.switch_tenant', type: 'AUTHENTICATION', resource: 'Session' },
    logout: { action: 'auth.logout', type: 'AUTHENTICATION', resource: 'Session' },
  },
  classes: {
    Session: { user: 'plain', others: 'plain', everywhere: 'plain', sessionsEnded: 'plain', repeated: 'plain', continued: 'plain', member: 'plain', method: 'plain', refused: 'plain' },
  },
};
