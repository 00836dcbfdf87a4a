// Permissions identity contributes, and the rule of every field it serves.
import { each, inherited, open, signedIn, type RuleMap } from '../kernel/graphql/rules.js';

export const permissions: Record<string, string> = {
  'user:read': 'See the e-mail addresses of colleagues.',
};

const USER_ERROR = ['message', 'code', 'field'];

export const rules: RuleMap = {
  Query: { viewer: signedIn, hasPermission: signedIn },
  Mutation: { login: open, sessionRefresh: open, logout: signedIn },
  Viewer: each(inherited, 'user', 'apiKey', 'tenant', 'roles', 'permissions'),
  ApiKey: each(inherited, 'id'),
  Tenant: each(inherited, 'id'),
  // `email` also asks, row by row, whether it is the caller's own.
  User: { ...each(inherited, 'id', 'nodeKey', 'displayName'), email: signedIn },
  Role: each(inherited, 'id', 'name'),
  LoginPayload: each(inherited, 'session', 'mfaChallenge', 'userErrors'),
  SessionRefreshPayload: each(inherited, 'session', 'userErrors'),
  LogoutPayload: each(inherited, 'sessionsEnded', 'userErrors'),
  SessionTokens: each(inherited, 'accessToken', 'accessTokenExpiresAt', 'refreshToken'),
  MfaChallenge: each(inherited, 'token', 'methods', 'expiresAt'),
  InputInvalid: each(inherited, ...USER_ERROR),
  InvalidCredentials: each(inherited, ...USER_ERROR),
  SessionExpired: each(inherited, ...USER_ERROR),
  TenantChoiceRequired: each(inherited, ...USER_ERROR, 'tenantIds'),
};
