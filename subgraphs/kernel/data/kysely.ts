// Typed Kysely over a subgraph's entities: entity names as tables, property names as columns, so rows need no mapper.
import type { InferKyselyDB } from '@mikro-orm/sql';
import type { Kysely } from 'kysely';
import type { Tx } from './database.js';

const NAMING = { tableNamingStrategy: 'entity', columnNamingStrategy: 'property' } as const;
export type Naming = typeof NAMING;

/** `Tables<typeof Conversation | typeof Message>` is the database type of those entities. */
export type Tables<Entities extends { name: string }> = InferKyselyDB<Entities, Naming>;

/** Kysely on the transaction of `tx`, in the subgraph's schema (entity names alone would resolve by search_path). */
export const rows = <DB>(tx: Tx): Kysely<DB> =>
  // The generic of getKysely is conditional on a type parameter here, which the compiler cannot resolve by itself.
  tx.getKysely(NAMING).withSchema(tx.config.get('schema') ?? 'public') as unknown as Kysely<DB>;
