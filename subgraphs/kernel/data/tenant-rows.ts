// All rows of one tenant in a schema, found by the catalogue: whoever adds a table need not remember this one. Erased in batches, or counted.
import type { ClientBase, Pool, PoolClient } from 'pg';

const BATCH = 1_000;
/** SQLSTATE deadlock_detected. */
const DEADLOCK = '40P01';

/** What a subgraph says of erasing a tenant; everything with a `tenant_id` goes that is not named here. */
export interface ErasureRules {
  /** Tables whose rows stay, and why. */
  kept: Readonly<Record<string, string>>;
  /** Runs before the rows go, again and again, each time in a transaction of its own, until it says that it found nothing more: for what refers to the tenant from tables without one. */
  first?: (client: ClientBase, tenantId: string) => Promise<boolean>;
  /** Statements of one transaction that run after the rows have gone, with the tenant's id as `$1`. */
  last?: readonly string[];
}

/** Tables with a tenant whose rows are on their way elsewhere. Emptied by relay and collector, who pass on what is in them; deleting it would lose what the tenant's end itself says. */
export const PASSED_ON = ['outbox', 'audit_staging'];

const TABLES = `
  select c.relname as name, array(select distinct child.relname::text from pg_constraint k join pg_class child on child.oid = k.conrelid
    where k.contype = 'f' and k.confrelid = c.oid and k.conrelid <> c.oid) as children
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) order by 1`;

/** Tables with a tenant, each after those that refer to it. */
export async function tenantTables(system: Pool | ClientBase, schema: string): Promise<string[]> {
  const { rows } = await system.query<{ name: string; children: string[] }>(TABLES, [schema]);
  const ordered: string[] = [];
  for (let left = rows; left.length > 0;) {
    const free = left.filter(({ children }) => !left.some(({ name }) => children.includes(name)));
    if (free.length === 0) throw new Error(`${schema}: ${left.map(({ name }) => name).join(', ')} refer to each other in a circle.`);
    ordered.push(...free.map(({ name }) => name));
    left = left.filter((table) => !free.includes(table));
  }
  return ordered;
}

/**
 * Deletes every row of a tenant, its data keys first: from then on nothing sealed under them opens, wherever a copy may lie. Batch by batch, each
 * committed with the count of what has gone (`erased_rows`); killed at any point it goes on when it is repeated. It ends with a pass that found nothing more.
 * @param destroyKeys deletes the tenant's data keys; resolves to how many there were
 * @param onBatch is called after each batch
 * @returns whether this run found anything
 */
export async function eraseTenantRows(system: Pool, schema: string, tenantId: string, { kept, first, last = [] }: ErasureRules, destroyKeys: (client: PoolClient) => Promise<number>, onBatch: () => void = () => undefined): Promise<boolean> {
  const doomed = (await tenantTables(system, schema)).filter((name) => name !== 'data_key' && !Object.hasOwn(kept, name) && !PASSED_ON.includes(name));
  let foundAny = false;
  for (let found = true; found;) {
    found = await again(() => inTransaction(system, async (client) => {
      const keys = await destroyKeys(client);
      await client.query(counting(schema, `values ($3::bigint)`), [tenantId, 'data_key', keys]);
      return keys > 0;
    }));
    while (first && await again(() => inTransaction(system, (client) => first(client, tenantId)))) found = true;
    for (const table of doomed) {
      for (let rows = BATCH; rows === BATCH;) {
        rows = await again(async () => Number((await system.query<{ n: string }>(`with gone as (delete from ${schema}.${table} where (tableoid, ctid) in (
            select tableoid, ctid from ${schema}.${table} where tenant_id = $1 limit ${BATCH}) returning 1),
          counted (n) as (select count(*) from gone), noted as (${counting(schema, 'select n from counted')}) select n from counted`, [tenantId, table])).rows[0]?.n));
        found ||= rows > 0;
        if (rows > 0) onBatch();
      }
    }
    foundAny ||= found;
  }
  await again(() => inTransaction(system, async (client) => { for (const statement of last) await client.query(statement, [tenantId]); }));
  return foundAny;
}

/** Adds one number to what is known to have gone of a table, `$2`, of a tenant, `$1`. */
const counting = (schema: string, number: string): string => `insert into ${schema}.erased_rows (erased, name, rows)
  select $1::uuid, $2::text, of.n from (${number}) of (n) where of.n > 0 on conflict (erased, name) do update set rows = ${schema}.erased_rows.rows + excluded.rows`;

/** How many rows of a tenant have gone, over all runs since this was last taken. It is gone then too: nothing of it stays here. */
export async function takeErasedRows(client: ClientBase, schema: string, tenantId: string): Promise<{ table: string; rows: number }[]> {
  const { rows } = await client.query<{ table: string; rows: string }>(`delete from ${schema}.erased_rows where erased = $1 returning name as "table", rows`, [tenantId]);
  return rows.map(({ table, rows: n }) => ({ table, rows: Number(n) })).toSorted((a, b) => (a.table < b.table ? -1 : 1));
}

/** How many rows of a tenant each table has. */
export async function countTenantRows(system: Pool, schema: string, tenantId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of (await tenantTables(system, schema)).toSorted()) {
    const { rows: [row] } = await system.query<{ n: number }>(`select count(*)::int as n from ${schema}.${table} where tenant_id = $1`, [tenantId]);
    counts[table] = row?.n ?? 0;
  }
  return counts;
}

/** Work that is still under way for the tenant takes its locks in its own order. Each step here is a transaction, so whoever loses a deadlock takes only that again. */
async function again<T>(step: () => Promise<T>): Promise<T> {
  for (let left = 5; ; left -= 1) {
    try {
      return await step();
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK || left === 0) throw error;
    }
  }
}

export async function inTransaction<T>(system: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await system.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    const value = await work(client);
    await client.query('commit');
    return value;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection that failed is not used again: what it had begun ends with it.
    client.release(failure);
  }
}
