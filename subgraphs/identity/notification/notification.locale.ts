// The languages people read, as their profiles say.
import type { Tx } from '../../kernel/data/database.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { profileById } from '../account/profile.loaders.js';
import { db } from '../tables.js';

/** BCP 47 tags by person. */
export async function localesOf(tx: Tx, userIds: readonly string[]): Promise<Map<string, string>> {
  if (userIds.length === 0) return new Map();
  const found = await db(tx).selectFrom('Account').select(['id', 'locale']).where('id', 'in', [...userIds]).execute();
  return new Map(found.map(({ id, locale }) => [id, locale]));
}

/** The caller's own; null for a key, which reads as well as anybody. */
export async function readerLocale(context: OperationContext): Promise<string | null> {
  const { sub } = context.actor;
  return sub === null ? null : (await context.load(profileById, sub))?.locale ?? null;
}
