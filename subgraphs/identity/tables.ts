// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { AccessChange } from './access-change/access-change.entity.js';
import { Account } from './account/account.entity.js';
import { Mail } from './mail/mail.entity.js';
import { Membership, MembershipChange } from './membership/membership.entity.js';
import { Organization } from './organization/organization.entity.js';
import { MembershipRole, PastGrant, Role, RoleVersion } from './role/role.entity.js';
import { SecurityPolicy } from './security-policy/security-policy.entity.js';
import { Session, SpentRefresh } from './session/session.entity.js';
import { SigningKey } from './signing-key/signing-key.entity.js';

export type IdentityTables = Tables<
  | typeof AccessChange | typeof Account | typeof Membership | typeof Role | typeof MembershipRole | typeof Session | typeof SpentRefresh
  | typeof SecurityPolicy | typeof SigningKey
  | typeof MembershipChange | typeof PastGrant | typeof RoleVersion
  | typeof Mail | typeof Organization
>;

export const db = (tx: Tx) => rows<IdentityTables>(tx);
