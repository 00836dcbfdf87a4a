// Typed Kysely over a subgraph's entities: entity names as tables, property names as columns, so rows need no mapper.
import type { EntityManager, InferKyselyDB } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';
import type { Tx } from './database.js';
import { EntityNames, type NAMING } from './names.js';

export type Naming = typeof NAMING;

/** `Tables<typeof Conversation | typeof Message>` is the database type of those entities. */
export type Tables<Entities extends { name: string }> = InferKyselyDB<Entities, Naming>;

/** By the configuration of the MikroORM whose entities they are. */
const names = new WeakMap<object, EntityNames>();

/** Kysely on the transaction of `tx`, in the subgraph's schema (entity names alone would resolve by search_path). */
export const rows = <DB>(tx: Tx): Kysely<DB> =>
  // The generic of getKysely is conditional on a type parameter here, which the compiler cannot resolve by itself.
  tx.getKysely().withPlugin(namesOf(tx)) as unknown as Kysely<DB>;

function namesOf(tx: Tx): EntityNames {
  const known = names.get(tx.config);
  if (known) return known;
  // Not `tx` itself, which must not outlive its transaction.
  const found = new EntityNames(tx.getDriver().createEntityManager(false) as EntityManager, tx.config.get('schema') ?? 'public');
  names.set(tx.config, found);
  return found;
}
