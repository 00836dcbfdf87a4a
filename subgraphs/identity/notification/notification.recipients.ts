// Whom to tell: people who work here now and may see what it is about.
import type { Tx } from '../../kernel/data/database.js';
import type { RoleService } from '../role/role.service.js';
import { db } from '../tables.js';

export interface Addressees {
  /** Told first, those of them who hold the permission. */
  userIds: readonly string[];
  /** Everybody who holds it is told when none of `userIds` does. Null: `userIds` alone, whatever they may do. */
  permission: string | null;
}

export interface Recipient {
  userId: string;
  address: string;
}

/** In a transaction that sees `home`. */
export async function recipientsOf(tx: Tx, roles: RoleService, home: string, { userIds, permission }: Addressees): Promise<Recipient[]> {
  const named = userIds.length === 0 ? [] : await membersOf(tx, home, userIds);
  if (permission === null) return named;
  const holders = await holdersOf(tx, roles, home, permission, userIds);
  const told = named.filter(({ userId }) => holders.has(userId));
  if (told.length > 0) return told;
  return membersOf(tx, home, [...await holdersOf(tx, roles, home, permission, null)]);
}

const membersOf = (tx: Tx, home: string, userIds: readonly string[]): Promise<Recipient[]> => (userIds.length === 0 ? Promise.resolve([]) :
  db(tx).selectFrom('Membership').select(['id as userId', 'email as address']).where('tenantId', '=', home).where('status', '=', 'ACTIVE').where('id', 'in', [...userIds])
    .orderBy('id').execute());

/** @param among only these; null: of everybody here */
async function holdersOf(tx: Tx, roles: RoleService, home: string, permission: string, among: readonly string[] | null): Promise<Set<string>> {
  if (among?.length === 0) return new Set();
  const grants = await db(tx).selectFrom('MembershipRole as g')
    .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
    .select(['g.userId', 'r.preset', 'r.permissions']).where('g.tenantId', '=', home)
    .$if(among !== null, (query) => query.where('g.userId', 'in', [...among ?? []])).execute();
  const held = Map.groupBy(grants, ({ userId }) => userId);
  return new Set([...held].filter(([, own]) => roles.permissionsOf(own).includes(permission)).map(([userId]) => userId));
}
