// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { AccessChange } from './access-change/access-change.entity.js';
import { Account, AccountRegistration, AccountToken, EmailChange } from './account/account.entity.js';
import { ApiKey, ApiKeySecret } from './api-key/api-key.entity.js';
import { Attempt } from './attempt/attempt.entity.js';
import { Mail } from './mail/mail.entity.js';
import { Membership, MembershipChange } from './membership/membership.entity.js';
import { MfaBackupCode, MfaChallenge, MfaFactor, MfaUse } from './mfa/mfa.entity.js';
import { Notification, NotificationPreference } from './notification/notification.entity.js';
import { Organization } from './organization/organization.entity.js';
import { Presence } from './presence/presence.entity.js';
import { MembershipRole, PastGrant, Role, RoleVersion } from './role/role.entity.js';
import { SecurityPolicy } from './security-policy/security-policy.entity.js';
import { Session, SpentRefresh } from './session/session.entity.js';
import { SigningKey } from './signing-key/signing-key.entity.js';

export type IdentityTables = Tables<
  | typeof AccessChange | typeof Account | typeof AccountRegistration | typeof AccountToken | typeof EmailChange | typeof Attempt
  | typeof Membership | typeof MembershipChange | typeof Role | typeof RoleVersion | typeof MembershipRole | typeof PastGrant
  | typeof Session | typeof SpentRefresh | typeof Organization
  | typeof SecurityPolicy | typeof ApiKey | typeof ApiKeySecret | typeof SigningKey | typeof MfaFactor | typeof MfaBackupCode | typeof MfaUse | typeof MfaChallenge
  | typeof Mail | typeof Presence | typeof Notification | typeof NotificationPreference
>;

export const db = (tx: Tx) => rows<IdentityTables>(tx);
