// Mailed secrets, used once by compare-and-set. A new one voids the older ones of its purpose.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { newSecret, secretHash } from '../secret.js';
import { db } from '../tables.js';
import type { TokenPurpose } from './account.entity.js';
import { lockAccount } from './account.service.js';

const HOUR_MS = 60 * 60_000;
/** Reset and change of address. */
export const TOKEN_LIFETIME_MS = HOUR_MS;
/** Mails of one purpose to one person in an hour: what is sent for the asking could flood a mailbox. */
export const MAILS_AN_HOUR = 3;

/**
 * Stores a secret for `accountId`. Does the same work and stores nothing for null, which is an unknown account.
 * @returns null when nothing was stored: no account, or it had its share of mails
 */
export async function issueToken({ tx, now }: UnitOfWork, accountId: string | null, purpose: TokenPurpose): Promise<string | null> {
  const { secret, hash } = newSecret();
  const account = accountId ?? newId();
  // Held, so that asking many times at once counts as many times.
  await lockAccount(tx, account);
  const { rows } = await sql`
    insert into identity.account_token (hash, account_id, purpose, created_at, expires_at)
    select ${hash}, a.id, ${purpose}, ${now}::timestamptz, ${new Date(now.getTime() + TOKEN_LIFETIME_MS)}::timestamptz from identity.account a
    where a.id = ${account}::uuid and (select count(*) from identity.account_token t
      where t.account_id = a.id and t.purpose = ${purpose} and t.created_at > ${new Date(now.getTime() - HOUR_MS)}::timestamptz) < ${MAILS_AN_HOUR}
    returning hash`.execute(tx.getKysely());
  const stored = rows.length > 0;
  await db(tx).updateTable('AccountToken').set({ usedAt: now })
    .where('accountId', '=', account).where('purpose', '=', purpose).where('usedAt', 'is', null).where('hash', '<>', hash)
    .where(sql<boolean>`${stored}::boolean`).execute();
  return stored ? secret : null;
}

/** Whose a usable secret is. Reading spends nothing. */
export async function tokenOwner(tx: Tx, secret: string, purposes: readonly TokenPurpose[], now: Date): Promise<string | null> {
  const found = await db(tx).selectFrom('AccountToken').select('accountId').where('hash', '=', secretHash(secret))
    .where('purpose', 'in', [...purposes]).where('usedAt', 'is', null).where('expiresAt', '>', now).executeTakeFirst();
  return found?.accountId ?? null;
}

/** Spends a secret, inside a change that holds the account. @returns null when another was faster, or it has ended meanwhile */
export async function useToken({ tx, now }: UnitOfWork, secret: string, purposes: readonly TokenPurpose[]): Promise<TokenPurpose | null> {
  const used = await db(tx).updateTable('AccountToken').set({ usedAt: now }).where('hash', '=', secretHash(secret))
    .where('purpose', 'in', [...purposes]).where('usedAt', 'is', null).where('expiresAt', '>', now).returning('purpose').executeTakeFirst();
  return used?.purpose ?? null;
}

/** Voids every secret of an account, and a change of address that waits: for who proved the password or a mailbox anew. */
export async function voidTokens({ tx, now }: UnitOfWork, accountId: string): Promise<void> {
  await db(tx).updateTable('AccountToken').set({ usedAt: now }).where('accountId', '=', accountId).where('usedAt', 'is', null).execute();
  await db(tx).deleteFrom('EmailChange').where('accountId', '=', accountId).execute();
}
