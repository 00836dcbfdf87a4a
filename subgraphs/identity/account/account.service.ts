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

/** A password as it was when it was read. */
export interface KnownPassword {
  hash: string;
  changedAt: Date | null;
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

/**
 * Holds an account until the change ends. Whatever a sign-in rests on (password, second factor, address) and the end of its sessions
 * everywhere are changed under this lock; it is taken before any other row of the account's.
 */
export async function lockAccount(tx: Tx, accountId: string): Promise<void> {
  await db(tx).selectFrom('Account').select('id').where('id', '=', accountId).forNoKeyUpdate().executeTakeFirst();
}

/** The same, if the password is still the one that was verified. @returns false when it was changed meanwhile */
export async function lockPassword(tx: Tx, accountId: string, { changedAt }: KnownPassword): Promise<boolean> {
  const held = await db(tx).selectFrom('Account').select('id').where('id', '=', accountId)
    .where('passwordChangedAt', 'is not distinct from', changedAt).forNoKeyUpdate().executeTakeFirst();
  return held !== undefined;
}

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
  passwordOf(accountId: string): Promise<KnownPassword | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const found = await db(tx).selectFrom('Account').select(['passwordHash as hash', 'passwordChangedAt as changedAt'])
        .where('id', '=', accountId).executeTakeFirst();
      return found ?? null;
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
