// The services of identity, wired by hand.
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { AccessChangeLog } from './access-change/access-change.log.js';
import { AccountService } from './account/account.service.js';
import { GrantService } from './grant/grant.service.js';
import { MailDelivery } from './mail/mail.delivery.js';
import { MailService } from './mail/mail.service.js';
import { mailTransport } from './mail/mail.transport.js';
import { MembershipService } from './membership/membership.service.js';
import { OrganizationService } from './organization/organization.service.js';
import { RoleChanges } from './role/role.changes.js';
import { RightsService } from './role/role.rights.js';
import { RoleService } from './role/role.service.js';
import { SecurityPolicyService } from './security-policy/security-policy.service.js';
import { SessionAuthentication } from './session/session.authenticate.js';
import { SessionEnding } from './session/session.end.js';
import { SessionLogin } from './session/session.login.js';
import { SessionLogout } from './session/session.logout.js';
import { SessionRefresh } from './session/session.refresh.js';
import { TokenService } from './session/session.tokens.js';
import { SigningKeyService } from './signing-key/signing-key.service.js';
import { UserChanges } from './user/user.changes.js';
import { UserRemoval } from './user/user.removal.js';

export interface IdentityServices {
  accessChanges: AccessChangeLog;
  accounts: AccountService;
  mails: MailService;
  mailDelivery: MailDelivery;
  memberships: MembershipService;
  roles: RoleService;
  roleChanges: RoleChanges;
  grants: GrantService;
  userChanges: UserChanges;
  userRemoval: UserRemoval;
  securityPolicies: SecurityPolicyService;
  organizations: OrganizationService;
  signingKeys: SigningKeyService;
  login: SessionLogin;
  refresh: SessionRefresh;
  logout: SessionLogout;
  ending: SessionEnding;
  authentication: SessionAuthentication;
}

/** @param permissions every permission that exists */
export function identityServices(deps: SubgraphDeps, permissions: () => readonly string[]): IdentityServices {
  const roles = new RoleService(permissions);
  const rights = new RightsService(roles);
  const accounts = new AccountService(deps);
  const signingKeys = new SigningKeyService(deps);
  const tokens = new TokenService(signingKeys);
  const ending = new SessionEnding(deps, accounts);
  return {
    accounts, signingKeys, ending, roles,
    accessChanges: new AccessChangeLog(deps),
    mails: new MailService(deps.envelope),
    mailDelivery: new MailDelivery(deps, mailTransport(deps.config, deps.logger)),
    organizations: new OrganizationService(deps),
    memberships: new MembershipService(deps, roles),
    roleChanges: new RoleChanges(roles, rights),
    grants: new GrantService(rights),
    userChanges: new UserChanges(rights),
    userRemoval: new UserRemoval(deps),
    securityPolicies: new SecurityPolicyService(),
    login: new SessionLogin(accounts, tokens),
    refresh: new SessionRefresh(deps.database, tokens),
    logout: new SessionLogout(ending),
    authentication: new SessionAuthentication(deps, roles),
  };
}
