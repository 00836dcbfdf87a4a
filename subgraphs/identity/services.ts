// The services of identity, wired by hand.
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { AccessChangeLog } from './access-change/access-change.log.js';
import { AccountService } from './account/account.service.js';
import { MailDelivery } from './mail/mail.delivery.js';
import { MailService } from './mail/mail.service.js';
import { mailTransport } from './mail/mail.transport.js';
import { MembershipService } from './membership/membership.service.js';
import { NotificationDelivery } from './notification/notification.delivery.js';
import { NotificationFeed } from './notification/notification.feed.js';
import { NotificationInbox } from './notification/notification.inbox.js';
import { NotificationPreferences } from './notification/notification.preferences.js';
import { OrganizationService } from './organization/organization.service.js';
import { PresenceService } from './presence/presence.service.js';
import { RoleService } from './role/role.service.js';
import { SessionAuthentication } from './session/session.authenticate.js';
import { SessionEnding } from './session/session.end.js';
import { SessionLogin } from './session/session.login.js';
import { SessionLogout } from './session/session.logout.js';
import { SessionRefresh } from './session/session.refresh.js';
import { TokenService } from './session/session.tokens.js';
import { SigningKeyService } from './signing-key/signing-key.service.js';

export interface IdentityServices {
  accessChanges: AccessChangeLog;
  accounts: AccountService;
  mails: MailService;
  mailDelivery: MailDelivery;
  memberships: MembershipService;
  notifications: NotificationInbox;
  notificationDelivery: NotificationDelivery;
  notificationFeed: NotificationFeed;
  notificationPreferences: NotificationPreferences;
  organizations: OrganizationService;
  presence: PresenceService;
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
  const accounts = new AccountService(deps);
  const signingKeys = new SigningKeyService(deps);
  const tokens = new TokenService(signingKeys);
  const mails = new MailService(deps.envelope);
  const ending = new SessionEnding(deps, accounts);
  return {
    accounts, signingKeys, ending, mails,
    accessChanges: new AccessChangeLog(deps),
    mailDelivery: new MailDelivery(deps, mailTransport(deps.config, deps.logger)),
    organizations: new OrganizationService(deps),
    memberships: new MembershipService(deps, roles),
    notifications: new NotificationInbox(),
    notificationDelivery: new NotificationDelivery(deps, roles, mails),
    notificationFeed: new NotificationFeed(deps.feed),
    notificationPreferences: new NotificationPreferences(),
    presence: new PresenceService(),
    login: new SessionLogin(accounts, tokens),
    refresh: new SessionRefresh(deps.database, tokens),
    logout: new SessionLogout(ending),
    authentication: new SessionAuthentication(deps, roles),
  };
}
