// What is known of a person's rights over time: memberships, grants and roles, also those that are past.
import type { Tx } from '../../kernel/data/database.js';
import type { MembershipStatus } from '../membership/membership.entity.js';
import { ROLE_COLUMNS, type RoleRow } from '../role/role.loaders.js';
import { db } from '../tables.js';

/** Of those that ended, the newest are looked at. */
const PAST_GRANTS_MAX = 200;

export interface GrantFact {
  role: RoleRow;
  grantedById: string | null;
  grantedAt: Date;
  expiresAt: Date | null;
  /** Null: it still stands. */
  endedAt: Date | null;
}

export interface AccessFacts {
  joinedAt: Date;
  status: MembershipStatus;
  /** Oldest first. */
  changes: { status: MembershipStatus; changedAt: Date }[];
  grants: GrantFact[];
  /** Of each custom role, what it gave from when on; oldest first. */
  versions: Map<string, { permissions: string[]; since: Date }[]>;
}

/** Null when the person was never a member of `home`. */
export async function accessFacts(tx: Tx, home: string, userId: string): Promise<AccessFacts | null> {
  const member = await db(tx).selectFrom('Membership').select(['createdAt', 'status']).where('tenantId', '=', home).where('id', '=', userId).executeTakeFirst();
  if (!member) return null;
  const changes = await db(tx).selectFrom('MembershipChange').select(['status', 'changedAt'])
    .where('tenantId', '=', home).where('userId', '=', userId).orderBy('changedAt').orderBy('id').execute();
  const standing = await db(tx).selectFrom('MembershipRole as g')
    .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
    .select(ROLE_COLUMNS).select(['g.grantedBy', 'g.grantedAt', 'g.expiresAt'])
    .where('g.tenantId', '=', home).where('g.userId', '=', userId).orderBy('r.name').orderBy('r.id').execute();
  const past = await db(tx).selectFrom('PastGrant as g')
    .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
    .select(ROLE_COLUMNS).select(['g.grantedBy', 'g.grantedAt', 'g.expiresAt', 'g.endedAt'])
    .where('g.tenantId', '=', home).where('g.userId', '=', userId).orderBy('g.endedAt', 'desc').orderBy('g.id', 'desc').limit(PAST_GRANTS_MAX).execute();
  const grants = [...standing.map((grant) => ({ ...grant, endedAt: null })), ...past].map(({ grantedBy, grantedAt, expiresAt, endedAt, ...role }): GrantFact =>
    ({ role, grantedById: grantedBy, grantedAt, expiresAt, endedAt }));
  return { joinedAt: member.createdAt, status: member.status, changes, grants, versions: await versionsOf(tx, home, grants) };
}

async function versionsOf(tx: Tx, home: string, grants: readonly GrantFact[]): Promise<AccessFacts['versions']> {
  const custom = [...new Set(grants.filter(({ role }) => role.preset === null).map(({ role }) => role.id))];
  if (custom.length === 0) return new Map();
  const found = await db(tx).selectFrom('RoleVersion').select(['roleId', 'permissions', 'since'])
    .where('tenantId', '=', home).where('roleId', 'in', custom).orderBy('since').orderBy('id').execute();
  return Map.groupBy(found, ({ roleId }) => roleId);
}
