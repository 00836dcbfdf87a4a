// All rows of one tenant in a schema, found by the catalogue: whoever adds a table need not remember this one. Erased in batches, or counted.
import type { Pool } from 'pg';

const BATCH = 1_000;

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
const PASSED_ON = ['outbox', 'audit_staging'];

const TABLES = `
  select c.relname as name, array(select distinct child.relname::text from pg_constraint k join pg_class child on child.oid = k.conrelid
    where k.contype = 'f' and k.confrelid = c.oid and k.conrelid <> c.oid) as children
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) order by 1`;

/** Tables with a tenant, each after those that refer to it. */
async function tenantTables(system: Pool, schema: string): Promise<string[]> {
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
 * @returns how many rows went of which table, as far as this run deleted them
 */
export async function eraseTenantRows(system: Pool, schema: string, tenantId: string, { kept, first = [], last = [] }: ErasureRules): Promise<Record<string, number>> {
  const doomed = (await tenantTables(system, schema)).filter((name) => !Object.hasOwn(kept, name) && !PASSED_ON.includes(name));
  const ordered = ['data_key', ...doomed.filter((name) => name !== 'data_key')];
  const erased: Record<string, number> = {};
  for (let found = true; found;) {
    found = false;
    await inTransaction(system, first, tenantId);
    for (const table of ordered) {
      for (let rows = BATCH; rows === BATCH;) {
        rows = (await system.query(`delete from ${schema}.${table} where (tableoid, ctid) in (
          select tableoid, ctid from ${schema}.${table} where tenant_id = $1 limit ${BATCH})`, [tenantId])).rowCount ?? 0;
        if (rows > 0) erased[table] = (erased[table] ?? 0) + rows;
        found ||= rows > 0;
      }
    }
  }
  await inTransaction(system, last, tenantId);
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
