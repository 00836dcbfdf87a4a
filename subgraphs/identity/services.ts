// The services of identity, wired by hand.
import { crashAt } from '../kernel/base/crash-points.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import type { KeyRotation } from '../kernel/graphql/key-rotation.js';
import { QuotaKeeper } from '../kernel/graphql/quota.keeper.js';
import { AccessChangeLog } from './access-change/access-change.log.js';
import { RegistrationService } from './account/account.registration.js';
import { AccountService } from './account/account.service.js';
import { AccountEmailChange } from './account/email.change.js';
import { PasswordChange } from './account/password.change.js';
import { ProfileService } from './account/profile.service.js';
import { ApiKeyAuthentication } from './api-key/api-key.authenticate.js';
import { ApiKeyService } from './api-key/api-key.service.js';
import { ApiUsageService } from './api-usage/api-usage.service.js';
import { AttemptService } from './attempt/attempt.service.js';
import { AccountUnlock } from './attempt/attempt.unlock.js';
import { DelegationService } from './delegation/delegation.service.js';
import { GrantService } from './grant/grant.service.js';
import { InvitationAcceptance } from './invitation/invitation.acceptance.js';
import { InvitationService, type InvitationDeps } from './invitation/invitation.service.js';
import { MailDelivery } from './mail/mail.delivery.js';
import { MailService } from './mail/mail.service.js';
import { mailTransport } from './mail/mail.transport.js';
import { MembershipAnnouncement } from './membership/membership.announcement.js';
import { MembershipService } from './membership/membership.service.js';
import { MfaChallenges } from './mfa/mfa.challenge.js';
import { MfaCodes } from './mfa/mfa.codes.js';
import { MfaFactors } from './mfa/mfa.factors.js';
import { MfaManagement } from './mfa/mfa.manage.js';
import { MfaProof } from './mfa/mfa.proof.js';
import { MfaSetUp } from './mfa/mfa.set-up.js';
import { MfaSignIn } from './mfa/mfa.sign-in.js';
import { NotificationDelivery } from './notification/notification.delivery.js';
import { NotificationFeed } from './notification/notification.feed.js';
import { NotificationInbox } from './notification/notification.inbox.js';
import { NotificationPreferences } from './notification/notification.preferences.js';
import { OrganizationService } from './organization/organization.service.js';
import { PresenceFeed } from './presence/presence.feed.js';
import { PresenceService } from './presence/presence.service.js';
import { RetentionService } from './retention/retention.service.js';
import { RoleChanges } from './role/role.changes.js';
import { RightsService } from './role/role.rights.js';
import { RoleService } from './role/role.service.js';
import { SecurityPolicyService } from './security-policy/security-policy.service.js';
import { SessionAuthentication } from './session/session.authenticate.js';
import { SessionLogin } from './session/session.login.js';
import { SessionLogout } from './session/session.logout.js';
import { SessionOpening } from './session/session.open.js';
import { SessionRefresh } from './session/session.refresh.js';
import { SessionRevocation } from './session/session.revoke.js';
import { SessionSwitch } from './session/session.switch.js';
import { TokenService } from './session/session.tokens.js';
import { SigningKeyRotation } from './signing-key/signing-key.rotation.js';
import { SigningKeyService } from './signing-key/signing-key.service.js';
import { identityQuotas } from './tenant-limit/tenant-limit.js';
import { UsersMeasured } from './tenant-limit/tenant-limit.events.js';
import { UserChanges } from './user/user.changes.js';
import { UserRemoval } from './user/user.removal.js';

export interface IdentityServices {
  apiUsage: ApiUsageService;
  accessChanges: AccessChangeLog;
  accounts: AccountService;
  registration: RegistrationService;
  passwords: PasswordChange;
  emailChange: AccountEmailChange;
  profiles: ProfileService;
  limits: QuotaKeeper;
  mails: MailService;
  mailDelivery: MailDelivery;
  dataKeys: KeyRotation;
  memberships: MembershipService;
  notifications: NotificationInbox;
  notificationDelivery: NotificationDelivery;
  notificationFeed: NotificationFeed;
  notificationPreferences: NotificationPreferences;
  organizations: OrganizationService;
  presence: PresenceService;
  presenceFeed: PresenceFeed;
  securityPolicies: SecurityPolicyService;
  apiKeys: ApiKeyService;
  keyAuthentication: ApiKeyAuthentication;
  retention: RetentionService;
  roles: RoleService;
  roleChanges: RoleChanges;
  delegations: DelegationService;
  grants: GrantService;
  invitations: InvitationService;
  invitationAcceptance: InvitationAcceptance;
  userChanges: UserChanges;
  userRemoval: UserRemoval;
  /** Where people stand, for those who keep a list of colleagues. */
  memberAnnouncement: MembershipAnnouncement;
  signingKeys: SigningKeyService;
  keyRotation: SigningKeyRotation;
  attempts: AttemptService;
  unlock: AccountUnlock;
  mfaSetUp: MfaSetUp;
  mfaManagement: MfaManagement;
  mfaSignIn: MfaSignIn;
  login: SessionLogin;
  switching: SessionSwitch;
  refresh: SessionRefresh;
  logout: SessionLogout;
  revocation: SessionRevocation;
  authentication: SessionAuthentication;
}

/** @param permissions every permission that exists */
export function identityServices(deps: SubgraphDeps, permissions: () => readonly string[]): IdentityServices {
  const roles = new RoleService(permissions);
  const rights = new RightsService(roles);
  const accounts = new AccountService(deps);
  const keyRotation = new SigningKeyRotation(deps);
  const signingKeys = new SigningKeyService(deps, keyRotation);
  const tokens = new TokenService(signingKeys);
  const mails = new MailService(deps.envelope);
  const notificationDelivery = new NotificationDelivery(deps, roles, mails);
  const organizations = new OrganizationService(deps);
  const opening = new SessionOpening(tokens);
  const attempts = new AttemptService(deps);
  const factors = new MfaFactors(deps);
  const codes = new MfaCodes(factors, deps.clock);
  const proof = new MfaProof(deps, attempts, accounts);
  const challenges = new MfaChallenges(deps, accounts);
  const mfaSetUp = new MfaSetUp(accounts, factors, codes, proof);
  const quotas = identityQuotas();
  const presenceFeed = new PresenceFeed(deps.moments);
  const memberships = new MembershipService(deps, roles, quotas);
  const grants = new GrantService(rights);
  const inviting: InvitationDeps = { deps, accounts, attempts, grants, mails, quotas, rights };
  const registration = new RegistrationService(deps, accounts, memberships, organizations, mails, attempts);
  return {
    attempts, mfaSetUp,
    unlock: new AccountUnlock(attempts, rights),
    mfaManagement: new MfaManagement(factors, codes, proof),
    mfaSignIn: new MfaSignIn(challenges, proof, codes, mfaSetUp, opening, organizations),
    switching: new SessionSwitch(deps, accounts, opening),
    accounts, signingKeys, keyRotation, mails, notificationDelivery, roles,
    apiUsage: new ApiUsageService(deps, quotas),
    dataKeys: deps.keyRotation, retention: new RetentionService(deps.unit, crashAt(deps.config.crashAt)),
    accessChanges: new AccessChangeLog(deps),
    limits: new QuotaKeeper(deps.unit, quotas, { measured: UsersMeasured, action: 'tenant_limit.apply' }, deps.logger),
    registration, memberships, organizations,
    passwords: new PasswordChange({ deps, accounts, attempts, factors, mails, organizations, proof, registration }),
    emailChange: new AccountEmailChange(deps, accounts, proof, mails),
    profiles: new ProfileService(accounts),
    mailDelivery: new MailDelivery(deps, mailTransport(deps.config, deps.logger)),
    notifications: new NotificationInbox(),
    notificationFeed: new NotificationFeed(deps.feed),
    notificationPreferences: new NotificationPreferences(),
    presence: new PresenceService(presenceFeed), presenceFeed,
    apiKeys: new ApiKeyService(deps, permissions, quotas),
    keyAuthentication: new ApiKeyAuthentication(deps, permissions),
    roleChanges: new RoleChanges(roles, rights),
    grants,
    delegations: new DelegationService(deps, roles, permissions),
    invitations: new InvitationService(inviting),
    invitationAcceptance: new InvitationAcceptance(inviting),
    userChanges: new UserChanges(rights, quotas),
    userRemoval: new UserRemoval(deps),
    memberAnnouncement: new MembershipAnnouncement(deps),
    securityPolicies: new SecurityPolicyService(),
    login: new SessionLogin(accounts, attempts, factors, challenges, opening, organizations),
    refresh: new SessionRefresh(deps, tokens, notificationDelivery),
    logout: new SessionLogout(),
    revocation: new SessionRevocation(rights),
    authentication: new SessionAuthentication(deps, roles),
  };
}
