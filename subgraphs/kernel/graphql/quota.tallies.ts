// What triggers have told of and no counter holds yet.
import { sql } from 'kysely';
import type { CountedQuota } from '../data/quota-recount.js';
import type { Tx } from '../data/database.js';

/** Changes that are taken in at once: what is left waits for the next. */
const BATCH = 5_000;

export interface Tally {
  name: string;
  at: Date;
  amount: string;
}

export class Tallies {
  /** Whether anything is told of here. */
  readonly any: boolean;

  constructor(private readonly schema: string, definitions: readonly CountedQuota[]) {
    this.any = definitions.some(({ tallied }) => tallied);
  }

  /** Their sum, as SQL. */
  sum(tenant: string, name: string): string {
    return `coalesce((select sum(amount) from ${this.schema}.usage_tally where tenant_id = ${tenant} and name = '${name}'), 0)`;
  }

  /** What is not counted yet of a name. */
  async waiting(tx: Tx, tenantId: string, name: string): Promise<bigint> {
    if (!this.any) return 0n;
    const { rows: [waits] } = await sql<{ sum: string }>`select coalesce(sum(amount), 0)::text as sum from ${sql.table(`${this.schema}.usage_tally`)}
      where tenant_id = ${tenantId}::uuid and name = ${name}`.execute(tx.getKysely());
    return BigInt(waits?.sum ?? 0);
  }

  /** Takes them away, oldest first, for whoever counts them in the same transaction. Of two at once the second finds what the first has left. */
  async take(tx: Tx, tenantId: string): Promise<Tally[]> {
    const table = sql.table(`${this.schema}.usage_tally`);
    const { rows } = await sql<Tally>`delete from ${table} where tenant_id = ${tenantId}::uuid and id in (
      select id from ${table} where tenant_id = ${tenantId}::uuid order by id limit ${BATCH}) returning name, at, amount::text as amount`.execute(tx.getKysely());
    return rows;
  }
}
