// Accounts: found by e-mail before any tenant is known, registered by the system.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import type { MembershipStatus } from '../membership/membership.entity.js';
import { db } from '../tables.js';

export interface KnownAccount {
  id: string;
  passwordHash: string;
  passwordChangedAt: Date | null;
  memberships: { tenantId: string; status: MembershipStatus }[];
}

export interface NewAccount {
  id?: string;
  email: string;
  displayName: string;
}

export interface MailReader {
  id: string;
  email: string;
  displayName: string;
  locale: string;
  timeZone: string | null;
}

/** The one form in which addresses are compared and stored. */
export const normalEmail = (email: string): string => email.trim().toLowerCase();

/** Every home of an account, inside a change. */
export async function homesIn(tx: Tx, accountId: string): Promise<string[]> {
  const { rows } = await sql<{ home: string }>`select tenant_id as home from identity.memberships_of(${accountId}::uuid) order by 1`.execute(tx.getKysely());
  return rows.map(({ home }) => home);
}

/** The homes an account has not left. */
export async function presentHomesIn(tx: Tx, accountId: string): Promise<string[]> {
  const { rows } = await sql<{ home: string }>`select tenant_id as home from identity.memberships_of(${accountId}::uuid)
    where status <> 'DELETED' order by 1`.execute(tx.getKysely());
  return rows.map(({ home }) => home);
}

export class AccountService {
  constructor(private readonly deps: SubgraphDeps) {}

  /** The account of an address with every tenant it belongs to, in one statement whether it exists or not. */
  byEmail(email: string): Promise<KnownAccount | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const { rows } = await sql<{ id: string; passwordHash: string; passwordChangedAt: Date | null; tenantId: string | null; status: MembershipStatus }>`
        select a.id, a.password_hash as "passwordHash", a.password_changed_at as "passwordChangedAt", m.tenant_id as "tenantId", m.status
        from identity.account a left join lateral identity.memberships_of(a.id) m on true
        where a.email = ${normalEmail(email)}`.execute(tx.getKysely());
      const [account] = rows;
      if (!account) return null;
      const memberships = rows.flatMap(({ tenantId, status }) => (tenantId === null ? [] : [{ tenantId, status }]));
      return { id: account.id, passwordHash: account.passwordHash, passwordChangedAt: account.passwordChangedAt, memberships };
    }, { readOnly: true });
  }

  /** Every home of an account, with its standing there. */
  membershipsOf(accountId: string): Promise<KnownAccount['memberships']> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const { rows } = await sql<KnownAccount['memberships'][number]>`
        select tenant_id as "tenantId", status from identity.memberships_of(${accountId}::uuid)`.execute(tx.getKysely());
      return rows;
    }, { readOnly: true });
  }

  /** Null for an account that does not exist. */
  passwordHashOf(accountId: string): Promise<string | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const found = await db(tx).selectFrom('Account').select('passwordHash').where('id', '=', accountId).executeTakeFirst();
      return found?.passwordHash ?? null;
    }, { readOnly: true });
  }

  /** The address of an account. @throws when there is none: its id comes from a row that refers to it */
  emailOf(accountId: string): Promise<string> {
    return this.deps.database.inScope(platformScope, async (tx) =>
      (await db(tx).selectFrom('Account').select('email').where('id', '=', accountId).executeTakeFirstOrThrow()).email,
    { readOnly: true });
  }

  /** Whom to write to, and how; in one statement whether the account exists or not. */
  readerOf(by: { email: string } | { id: string }): Promise<MailReader | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const query = db(tx).selectFrom('Account').select(['id', 'email', 'displayName', 'locale', 'timeZone']);
      const found = await ('email' in by ? query.where('email', '=', normalEmail(by.email)) : query.where('id', '=', by.id)).executeTakeFirst();
      return found ?? null;
    }, { readOnly: true });
  }

  /** Every tenant of an account. */
  homesOf(accountId: string): Promise<string[]> {
    return this.deps.database.inScope(platformScope, (tx) => homesIn(tx, accountId), { readOnly: true });
  }

  /** Creates the accounts that do not exist yet. @returns the id of each address, new or known */
  register(accounts: NewAccount[], passwordHash: string, correlationId: string): Promise<Map<string, string>> {
    const wanted = accounts.map((account) => ({ ...account, email: normalEmail(account.email) }));
    const origin = { actor: systemActor(null), correlationId };
    return runUnit(this.deps.unit, platformScope, origin, async (unit) => {
      if (wanted.length === 0) return new Map();
      const values = wanted.map(({ id, email, displayName }) => ({
        id: id ?? newId(), email, displayName, passwordHash, locale: 'en', createdAt: unit.now,
      }));
      const created = await db(unit.tx).insertInto('Account').values(values)
        .onConflict((conflict) => conflict.column('email').doNothing()).returning('id').execute();
      for (const { id } of created) {
        unit.audit({ action: 'account.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'User', id } });
      }
      const found = await db(unit.tx).selectFrom('Account').select(['id', 'email'])
        .where('email', 'in', wanted.map(({ email }) => email)).execute();
      return new Map(found.map(({ id, email }) => [email, id]));
    });
  }
}
