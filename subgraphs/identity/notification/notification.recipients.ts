// Whom to tell: people who work here now and may see what it is about.
import type { NotNull } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { RoleService } from '../role/role.service.js';
import { db } from '../tables.js';

export interface Addressees {
  /** Told first, those of them who hold the permission. */
  userIds: readonly string[];
  /** Everybody who holds it is told when none of `userIds` does. Null: `userIds` alone, whatever they may do. */
  permission: string | null;
  /** Of `userIds`, those who hold it, and nobody in their stead. */
  only?: boolean | undefined;
}

/** The transaction, and the instant it is about. */
type Change = Pick<UnitOfWork, 'tx' | 'now'>;

export interface Recipient {
  userId: string;
  address: string;
}

/** In a transaction that sees `home`. */
export async function recipientsOf({ tx, now }: Change, roles: RoleService, home: string, { userIds, permission, only = false }: Addressees): Promise<Recipient[]> {
  const named = userIds.length === 0 ? [] : await membersOf(tx, home, userIds);
  if (permission === null) return named;
  const holding = (among: readonly string[] | null) => holdersOf(tx, roles, { home, permission, among, now });
  const holders = await holding(userIds);
  const told = named.filter(({ userId }) => holders.has(userId));
  if (told.length > 0 || only) return told;
  return membersOf(tx, home, [...await holding(null)]);
}

const membersOf = (tx: Tx, home: string, userIds: readonly string[]): Promise<Recipient[]> => (userIds.length === 0 ? Promise.resolve([]) :
  db(tx).selectFrom('Membership').select(['id as userId', 'email as address']).where('tenantId', '=', home).where('status', '=', 'ACTIVE').where('id', 'in', [...userIds])
    .where('email', 'is not', null).$narrowType<{ address: NotNull }>().orderBy('id').execute());

interface Holding {
  home: string;
  permission: string;
  /** Only these; null: of everybody here. */
  among: readonly string[] | null;
  now: Date;
}

async function holdersOf(tx: Tx, roles: RoleService, { home, permission, among, now }: Holding): Promise<Set<string>> {
  if (among?.length === 0) return new Set();
  const grants = await db(tx).selectFrom('MembershipRole as g')
    .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
    .select(['g.userId', 'r.preset', 'r.permissions']).where('g.tenantId', '=', home)
    .where((eb) => eb.or([eb('g.expiresAt', 'is', null), eb('g.expiresAt', '>', now)]))
    .$if(among !== null, (query) => query.where('g.userId', 'in', [...among ?? []])).execute();
  const held = Map.groupBy(grants, ({ userId }) => userId);
  return new Set([...held].filter(([, own]) => roles.permissionsOf(own).includes(permission)).map(([userId]) => userId));
}
