// Wrapping the data keys of a schema anew after a change of master keys. What they have sealed stays as it is.
import type { Pool, PoolClient } from 'pg';
import { keyAad } from './data-keys.js';
import { wrapperOf, type MasterKeyPort } from './master-key.js';

export interface Rewrapped {
  /** Data keys there are. */
  keys: number;
  /** Of them, wrapped anew. */
  rewrapped: number;
}

/** One step of it. */
export interface RewrappedPage {
  /** Data keys seen up to here. */
  keys: number;
  /** Wrapped anew in this step. */
  rewrapped: number;
  /** Ids of the master keys that had wrapped those. */
  from: string[];
  /** There are no more. */
  last: boolean;
  /** It ends here, at a key that cannot be opened. */
  failed: boolean;
}

interface Row { tenantId: string; id: string; wrapped: Buffer }
interface Anew extends Row { anew: Buffer }

const BATCH = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';

export interface RewrapOptions {
  progress: (so: Rewrapped) => void;
  /** Says so, in the transaction that does it: a kill leaves no key wrapped anew without a word about it. */
  tell: (client: PoolClient, page: RewrappedPage) => Promise<void>;
}

/**
 * One transaction for a few hundred keys, so that a kill leaves each wrapped by the one or by the other, and both open. To be repeated until it finds
 * nothing: a process that has not heard of the new master key yet wraps with the old one.
 * @param system the system role's pool @throws what the master key says of a key that it does not open, after what was wrapped before is kept
 */
export async function rewrapDataKeys(system: Pool, schema: string, master: MasterKeyPort, { progress, tell }: RewrapOptions): Promise<Rewrapped> {
  const so: Rewrapped = { keys: 0, rewrapped: 0 };
  let after: [string, string] | null = [FIRST, FIRST];
  while (after) {
    const { rows }: { rows: Row[] } = await system.query<Row>(
      `select tenant_id as "tenantId", id, wrapped from ${schema}.data_key where (tenant_id, id) > ($1, $2) order by tenant_id, id limit ${BATCH}`, after);
    const { seen, anew, failure } = await wrappedAnew(rows, schema, master);
    so.keys += seen;
    const last = rows.length < BATCH;
    so.rewrapped += await keep(system, schema, anew, (client, rewrapped) => tell(client, {
      keys: so.keys, rewrapped, from: [...new Set(anew.map(({ wrapped }) => wrapperOf(wrapped)))].sort(), last, failed: failure !== null,
    }));
    if (failure) throw failure.error;
    progress({ ...so });
    const end = rows.at(-1);
    after = end && !last ? [end.tenantId, end.id] : null;
  }
  return so;
}

/** Asks the master key, which may be another machine, before anything is locked. */
async function wrappedAnew(rows: readonly Row[], schema: string, master: MasterKeyPort): Promise<{ seen: number; anew: Anew[]; failure: { error: unknown } | null }> {
  const anew: Anew[] = [];
  for (const [index, row] of rows.entries()) {
    if (master.owns(row.wrapped)) continue;
    const aad = keyAad(schema, row.tenantId, row.id);
    try {
      anew.push({ ...row, anew: await master.wrap(await master.unwrap(row.wrapped, aad), aad) });
    } catch (error) {
      return { seen: index + 1, anew, failure: { error } };
    }
  }
  return { seen: rows.length, anew, failure: null };
}

/** @returns how many are now wrapped anew: whoever has changed or deleted one meanwhile knows better */
async function keep(system: Pool, schema: string, anew: readonly Anew[], tell: (client: PoolClient, rewrapped: number) => Promise<void>): Promise<number> {
  const client = await system.connect();
  let broken = true;
  try {
    await client.query('begin');
    const done = await write(client, schema, anew);
    await tell(client, done);
    await client.query('commit');
    broken = false;
    return done;
  } finally {
    // Ending the session rolls back, also where a rollback could not be sent.
    client.release(broken);
  }
}

async function write(client: PoolClient, schema: string, anew: readonly Anew[]): Promise<number> {
  const [tenants, ids] = [anew.map(({ tenantId }) => tenantId), anew.map(({ id }) => id)];
  // In one order, so that two who do this at once wait for each other instead of one being refused.
  await client.query(`select from ${schema}.data_key where (tenant_id, id) in (select * from unnest($1::uuid[], $2::uuid[])) order by tenant_id, id for update`, [tenants, ids]);
  const { rowCount } = await client.query(`update ${schema}.data_key k set wrapped = n.anew from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[]) n (tenant_id, id, wrapped, anew)
    where k.tenant_id = n.tenant_id and k.id = n.id and k.wrapped = n.wrapped`, [tenants, ids, anew.map(({ wrapped }) => wrapped), anew.map((one) => one.anew)]);
  return rowCount ?? 0;
}
