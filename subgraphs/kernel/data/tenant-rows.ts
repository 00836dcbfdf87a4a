// All rows of one tenant in a schema, found by the catalogue: whoever adds a table need not remember this one. Erased in batches, or counted.
import type { ClientBase, Pool } from 'pg';

const BATCH = 1_000;
/** SQLSTATE deadlock_detected. */
const DEADLOCK = '40P01';

/** What a subgraph says of erasing a tenant; everything with a `tenant_id` goes that is not named here. */
export interface ErasureRules {
  /** Tables whose rows stay, and why. */
  kept: Readonly<Record<string, string>>;
  /** Statements of one transaction that run before the rows go, with the tenant's id as `$1`: for what refers to it from tables without a tenant. */
  first?: readonly string[];
  /** The same, after the rows have gone. */
  last?: readonly string[];
}

/** Emptied by relay and collector, who pass on what is in them; deleting it would lose what the tenant's end itself says. */
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
 * committed; killed at any point it goes on when it is repeated. It ends with a pass that found nothing more.
 * @param destroyKeys deletes the tenant's data keys; resolves to how many there were
 * @returns how many rows went of which table, as far as this run deleted them
 */
export async function eraseTenantRows(system: Pool, schema: string, tenantId: string, { kept, first = [], last = [] }: ErasureRules, destroyKeys: () => Promise<number>): Promise<Record<string, number>> {
  const doomed = (await tenantTables(system, schema)).filter((name) => name !== 'data_key' && !Object.hasOwn(kept, name) && !PASSED_ON.includes(name));
  const erased: Record<string, number> = {};
  for (let found = true; found;) {
    const keys = await again(destroyKeys);
    if (keys > 0) erased['data_key'] = (erased['data_key'] ?? 0) + keys;
    found = keys > 0;
    await again(() => inTransaction(system, first, tenantId));
    for (const table of doomed) {
      for (let rows = BATCH; rows === BATCH;) {
        rows = await again(async () => (await system.query(`delete from ${schema}.${table} where (tableoid, ctid) in (
          select tableoid, ctid from ${schema}.${table} where tenant_id = $1 limit ${BATCH})`, [tenantId])).rowCount ?? 0);
        if (rows > 0) erased[table] = (erased[table] ?? 0) + rows;
        found ||= rows > 0;
      }
    }
  }
  await again(() => inTransaction(system, last, tenantId));
  return erased;
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

async function inTransaction(system: Pool, statements: readonly string[], tenantId: string): Promise<void> {
  if (statements.length === 0) return;
  const client = await system.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement, [tenantId]);
    await client.query('commit');
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection that failed is not used again: what it had begun ends with it.
    client.release(failure);
  }
}
