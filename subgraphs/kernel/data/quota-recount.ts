// Counters that were wrong are right again: counted anew from the rows, under the lock of the counter. As the system role.
import type { Pool, PoolClient } from 'pg';

/** Something that is counted in a subgraph. */
export interface CountedQuota {
  name: string;
  /** Counted anew each month; else it lasts, and is given back. */
  monthly: boolean;
  /** SQL that counts what there is now of a tenant, given as an expression. Absent: nothing but the counter knows. */
  rows?: (tenant: string) => string;
  /** What changes it is told of in `usage_tally`, by triggers, and added to the counter later. */
  tallied?: boolean;
}

export interface Recounted {
  tenantId: string;
  name: string;
  before: number;
  after: number;
}

/** What the counter `q` should say, by its rows. What was counted in a month stays counted, also when its row is gone. */
function countOf(schema: string, { name, monthly, rows, tallied }: CountedQuota): string | null {
  if (!rows) return null;
  const pending = tallied ? ` - coalesce((select sum(t.amount) from ${schema}.usage_tally t where t.tenant_id = q.tenant_id and t.name = '${name}'), 0)` : '';
  const count = `((${rows('q.tenant_id')})${pending})::bigint`;
  return monthly ? `greatest(${count}, q.used + q.over)` : count;
}

const running = (name: string): string => `q.name = '${name}' and (q.ends_at is null or q.ends_at > now())`;

/**
 * Counts a tenant anew. Whoever takes or gives back holds the counter in the transaction of what they make or end; so whoever holds it
 * sees all that is counted, and a count begun after the lock is exact.
 * @returns what was wrong
 */
export async function recountQuotas(system: Pool, schema: string, quotas: readonly CountedQuota[], tenantId: string): Promise<Recounted[]> {
  const wrong: Recounted[] = [];
  for (const quota of quotas) {
    const count = countOf(schema, quota);
    if (count === null) continue;
    await inTransaction(system, async (client) => {
      await client.query(`select 1 from ${schema}.quota q where q.tenant_id = $1 and ${running(quota.name)} order by q.starts_at for update`, [tenantId]);
      const within = quota.monthly ? 'least(counted.n, coalesce(q.ceiling, counted.n))' : quota.tallied ? 'least(counted.n, coalesce(q.granted, counted.n))' : 'counted.n';
      const { rows } = await client.query<{ before: number; after: number }>(`with counted as materialized (
          select q.starts_at, q.used + q.over as before, ${count} as n from ${schema}.quota q where q.tenant_id = $1 and ${running(quota.name)})
        update ${schema}.quota q set used = ${within}, over = counted.n - ${within}, revision = q.revision + 1,
          ceiling = case when q.granted is null then null else greatest(q.granted, ${within}) end
        from counted where q.tenant_id = $1 and q.name = '${quota.name}' and q.starts_at = counted.starts_at and counted.n <> counted.before
        returning counted.before::float8 as before, counted.n::float8 as after`, [tenantId]);
      wrong.push(...rows.map((row) => ({ tenantId, name: quota.name, ...row })));
    });
  }
  await system.query(`update ${schema}.quota set recounted_at = now() where tenant_id = $1`, [tenantId]);
  return wrong;
}

/** Counters that do not say what there is; for one at this moment in use it may be true a moment later. */
export async function wrongQuotas(system: Pool, schema: string, quotas: readonly CountedQuota[]): Promise<Recounted[]> {
  const wrong: Recounted[] = [];
  for (const quota of quotas) {
    const count = countOf(schema, quota);
    if (count === null) continue;
    const { rows } = await system.query<Recounted>(`select * from (select q.tenant_id as "tenantId", q.name, (q.used + q.over)::float8 as before, ${count}::float8 as after
      from ${schema}.quota q where ${running(quota.name)}) counted where before <> after order by 1`);
    wrong.push(...rows);
  }
  return wrong;
}

async function inTransaction(system: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await system.connect();
  let failure: Error | undefined;
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection that failed is not used again: what it had begun ends with it.
    client.release(failure);
  }
}
