// What makes each rule's event, as it happens in the trail, and what does not.
import { encodeId, newId } from '../../kernel/base/ids.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Happening } from '../../../test/kit/trail.js';
import type { SecurityRuleName } from './security-event.rules.js';

export const MINUTE = 60_000;
const ann = newId();
const role = newId();
export const times = (count: number, happening: Happening, every = 1000): Happening[] =>
  Array.from({ length: count }, (_none, index) => ({ ...happening, at: (happening.at ?? 0) + index * every }));
export const inTenant = (happening: Happening): Happening => ({ actor: person(newId(), [], ann), ...happening });

export const wrong: Happening = { action: 'auth.login', type: 'AUTHENTICATION', outcome: 'FAILURE', reason: 'INVALID_CREDENTIALS', ip: '203.0.113.9',
  resource: { type: 'User', id: ann },
};
const session = { type: 'Session', id: null };
const user = { kind: 'USER', id: encodeId('user', ann), user: { __typename: 'User', id: encodeId('user', ann) } };
const network = { kind: 'NETWORK', id: '203.0.113.0/24', user: null };
export const signIn = inTenant({ action: 'auth.login', type: 'AUTHENTICATION', ip: '198.51.100.1', userAgent: 'Firefox/141.0', resource: { type: 'Session', id: newId() } });
const setUp = inTenant({ action: 'mfa.enable', at: 2 * MINUTE, userAgent: 'curl/8.1', resource: { type: 'User', id: ann }, after: { secondFactor: 'ACTIVE' } });
export const granted = inTenant({ action: 'role.grant', resource: { type: 'User', id: ann }, after: { role: 'role_x', privileges: ['user:manage'] } });

/** What makes each rule's event, and one thing less or other that does not. */
export const CASES: Record<SecurityRuleName, { enough: Happening[]; tooLittle: Happening[]; subject: object }> = {
  BRUTE_FORCE_ACCOUNT: { enough: times(5, wrong), tooLittle: [...times(4, wrong), { ...wrong, at: 20 * MINUTE }], subject: user },
  BRUTE_FORCE_NETWORK: {
    enough: [...times(19, { ...wrong, resource: { type: 'Session', id: null } }), { ...wrong, at: 20_000, ip: '203.0.113.77', reason: 'RATE_LIMITED', resource: { type: 'Session', id: null } }],
    tooLittle: [...times(19, { ...wrong, resource: { type: 'Session', id: null } }), { ...wrong, ip: '203.0.114.9', resource: { type: 'Session', id: null } }], subject: network,
  },
  REFRESH_REUSE: {
    enough: [inTenant({ action: 'auth.refresh_reuse', outcome: 'FAILURE', reason: 'SESSION_EXPIRED' })],
    tooLittle: [inTenant({ action: 'auth.refresh', outcome: 'FAILURE', reason: 'SESSION_EXPIRED' })], subject: user,
  },
  CROSS_TENANT_ATTEMPT: {
    enough: [inTenant({ action: 'auth.switch_tenant', outcome: 'FAILURE', reason: 'BAD_USER_INPUT', resource: session, after: { member: false } })],
    tooLittle: [inTenant({ action: 'auth.switch_tenant', outcome: 'FAILURE', reason: 'BAD_USER_INPUT' }), inTenant({ action: 'auth.switch_tenant' })], subject: user,
  },
  ID_PROBING: {
    enough: times(10, inTenant({ action: 'message.send', outcome: 'FAILURE', reason: 'NOT_FOUND' })),
    tooLittle: [...times(9, inTenant({ action: 'message.send', outcome: 'FAILURE', reason: 'NOT_FOUND' })), inTenant({ action: 'message.send', outcome: 'FAILURE', reason: 'BAD_USER_INPUT' })],
    subject: user,
  },
  DENIALS: {
    enough: times(10, inTenant({ action: 'query.auditEvents', outcome: 'DENIED', reason: 'FORBIDDEN' })),
    tooLittle: [...times(9, inTenant({ action: 'user.suspend', outcome: 'DENIED', reason: 'FORBIDDEN' })), ...times(9, { action: 'user.suspend', outcome: 'DENIED', reason: 'UNAUTHENTICATED' })],
    subject: user,
  },
  PRIVILEGE_GRANTED: { enough: [granted], tooLittle: [{ ...granted, after: { privileges: [] } }, { ...granted, outcome: 'FAILURE' }], subject: user },
  ROLE_WIDENED: {
    enough: [inTenant({ action: 'role.update', resource: { type: 'Role', id: role }, before: { permissions: ['order:read'] }, after: { permissions: ['order:read', 'user:manage'] } })],
    tooLittle: [inTenant({ action: 'role.update', resource: { type: 'Role', id: role }, before: { permissions: ['user:manage'] }, after: { permissions: ['order:read', 'user:manage'] } })],
    subject: { kind: 'ROLE', id: encodeId('role', role), user: null },
  },
  API_KEY_WIDE: {
    enough: [inTenant({ action: 'api_key.create', resource: { type: 'ApiKey', id: role }, after: { scopes: ['user:manage'] } })],
    tooLittle: [inTenant({ action: 'api_key.create', resource: { type: 'ApiKey', id: role }, after: { scopes: ['user:read'] } })],
    subject: { kind: 'API_KEY', id: encodeId('key', role), user: null },
  },
  WEBHOOK_SIGNATURE: {
    enough: times(3, { action: 'webhook.bad_signature', outcome: 'DENIED', reason: 'bad-signature', resource: { type: 'Inbox', id: role } }, MINUTE),
    tooLittle: times(3, { action: 'webhook.bad_signature', outcome: 'DENIED', reason: 'bad-signature', resource: { type: 'Inbox', id: role } }, 10 * MINUTE),
    subject: { kind: 'INBOX', id: encodeId('inb', role), user: null },
  },
  NEW_DEVICE: {
    enough: [signIn, { ...signIn, at: MINUTE, userAgent: 'Firefox/142.0' }, { ...setUp, after: { secondFactor: 'ACTIVE', signedIn: true } }],
    tooLittle: [signIn, { ...signIn, at: MINUTE, userAgent: 'Firefox/142.0' }, setUp], subject: user,
  },
  NEW_NETWORK: {
    enough: [signIn, { ...signIn, at: MINUTE, ip: '198.51.100.200' }, { ...signIn, at: 2 * MINUTE, ip: '192.0.2.1' }],
    tooLittle: [signIn, { ...signIn, at: MINUTE, ip: '198.51.100.200' }, { ...signIn, at: 2 * MINUTE, ip: '192.0.2.1', action: 'auth.challenge' }], subject: user,
  },
  MFA_REMOVED: {
    enough: [inTenant({ action: 'mfa.disable', resource: { type: 'User', id: ann } })], tooLittle: [inTenant({ action: 'mfa.disable', outcome: 'FAILURE', reason: 'MFA_REQUIRED' })], subject: user,
  },
  BACKUP_CODE_USED: {
    enough: [inTenant({ action: 'auth.mfa', resource: session, after: { method: 'BACKUP_CODE' } })], tooLittle: [inTenant({ action: 'auth.mfa', resource: session, after: { method: 'TOTP' } })], subject: user,
  },
};
