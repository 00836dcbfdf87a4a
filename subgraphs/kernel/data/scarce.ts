// What there may be one of by a name, or so many of: the database decides, and whoever comes second is refused.
import { sql } from 'kysely';
import type { Tx } from './database.js';

/** Whoever adds one of `what` counts them first, one after the other, until the transaction ends. @param of what they belong to, e.g. a tenant's id */
export const countAlone = (tx: Tx, what: string, of: string): Promise<unknown> =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`${what}/${of}`}, 0))`.execute(tx.getKysely());

/** @param constraint the unique one that says it is there already @throws what `refusal` makes, then */
export async function unlessTaken<T>(constraint: string, write: () => Promise<T>, refusal: () => Error): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { code, constraint: broken } = error as { code?: string; constraint?: string };
    throw code === '23505' && broken === constraint ? refusal() : error;
  }
}
