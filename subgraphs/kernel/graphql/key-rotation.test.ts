// Keys give way to new ones while values are read and written, whoever is killed on the way, and no value is left behind.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Client, Pool } from 'pg';
import { probe, type ProbeServices } from '../../../test/kit/probe.js';
import { bootSubgraph, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import { newId } from '../base/ids.js';
import type { Tx } from '../data/database.js';
import { tenantScope } from '../data/scope.js';
import type { SubgraphDeps } from './boot.js';
import { KeyRotation, type KeyRotationOptions } from './key-rotation.js';

let subject: TestSubgraph<ProbeServices>;
let deps: SubgraphDeps;
let system: Pool;
let admin: Client;

beforeAll(async () => {
  subject = await bootSubgraph(probe);
  deps = subject.running.services.deps;
  system = new Pool({ connectionString: subject.database.urls.system, max: 4 });
  admin = new Client({ connectionString: subject.database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await system?.end();
  await subject?.close();
});

const rotation = (options: Partial<KeyRotationOptions> = {}): KeyRotation =>
  new KeyRotation({ ...deps, sealed: probe.definition.sealed ?? [], keyDays: 90, graceMs: 0, ...options });
const addressOf = (tenantId: string, row: string) => ({ tenantId, table: 'vault', column: 'secret', row });

async function put(tenant: string, row: string, text: string): Promise<void> {
  await deps.database.inScope(tenantScope(tenant), (tx) => putIn(tx, tenant, row, text));
}
async function putIn(tx: Tx, tenant: string, row: string, text: string): Promise<void> {
  const sealed = await deps.envelope.seal(tx, addressOf(tenant, row), text);
  await sql`insert into probe.vault values (${tenant}::uuid, ${row}::uuid, ${sealed}) on conflict (tenant_id, id) do update set secret = excluded.secret`.execute(tx.getKysely());
}
const read = (tenant: string, row: string): Promise<string> => deps.database.inScope(tenantScope(tenant), async (tx) => {
  const { rows: [found] } = await sql<{ secret: Buffer }>`select secret from probe.vault where tenant_id = ${tenant}::uuid and id = ${row}::uuid`.execute(tx.getKysely());
  return deps.envelope.open(tx, addressOf(tenant, row), found?.secret ?? Buffer.alloc(0));
}, { readOnly: true });

/** A tenant with so many values, of which each says its own row. */
async function tenantWith(count: number): Promise<{ tenant: string; rows: string[] }> {
  const tenant = newId();
  const rows = Array.from({ length: count }, () => newId());
  await deps.database.inScope(tenantScope(tenant), async (tx) => { for (const row of rows) await putIn(tx, tenant, row, row); });
  return { tenant, rows };
}
const keysOf = async (tenant: string): Promise<string[]> =>
  (await admin.query<{ id: string }>(`select id from probe.data_key where tenant_id = $1 and purpose = 'SEAL' order by retired_at is null, retired_at`, [tenant])).rows.map(({ id }) => id);
/** Ids of the keys that something is sealed with. */
const usedKeys = async (tenant: string): Promise<string[]> =>
  (await admin.query<{ id: string }>(`select distinct encode(substring(secret from 2 for 16), 'hex')::uuid::text as id from probe.vault where tenant_id = $1`, [tenant])).rows.map(({ id }) => id);
const rowOf = async (id: string) => (await admin.query<{ state: string; resealed: string; unreadable: string }>(
  'select state, resealed, unreadable from probe.key_rotation where id = $1', [id])).rows[0];
const audited = async (tenant: string) => (await admin.query<{ event: { action: string; outcome: string; after: unknown } }>(
  `select event from probe.audit_staging where tenant_id = $1 and event->>'action' = 'data_key.rotate'`, [tenant])).rows.map(({ event: { outcome, after } }) => [outcome, after]);

describe('a rotation', () => {
  it('seals every value anew while others read and write, deletes the old key, and leaves other tenants alone', async () => {
    const [{ tenant, rows }, other] = [await tenantWith(450), await tenantWith(3)];
    const [before] = await keysOf(tenant);
    const otherKeys = await keysOf(other.tenant);
    let running = true;
    const written: string[] = [];
    const busy = [0, 1, 2].map(async (lane) => {
      for (let at = lane; running; at += 3) {
        const row = rows[at % rows.length] ?? '';
        expect(await read(tenant, row)).toBe(row);
        await put(tenant, row, row);
        const fresh = newId();
        await put(tenant, fresh, fresh);
        written.push(fresh);
      }
    });
    const id = newId();
    await rotation().run(system, { tenantId: tenant, rotationId: id, requested: true });
    running = false;
    await Promise.all(busy);
    const [after, ...more] = await keysOf(tenant);
    expect([more, after === before, await usedKeys(tenant)]).toEqual([[], false, [after]]);
    for (const row of [...rows, ...written]) expect(await read(tenant, row)).toBe(row);
    expect(await rowOf(id)).toMatchObject({ state: 'DONE', unreadable: '0' });
    expect([await keysOf(other.tenant), await usedKeys(other.tenant)]).toEqual([otherKeys, otherKeys]);
    expect((await admin.query(`select payload from probe.outbox where tenant_id = $1 and type = 'ProbeKeysRotated'`, [tenant])).rows)
      .toEqual([{ payload: { rotationId: id, resealed: Number((await rowOf(id))?.resealed), unreadable: 0 } }]);
  });

  it('is one however often and by how many it is run, and answers whoever asks again', async () => {
    const { tenant, rows } = await tenantWith(20);
    const asked = { tenantId: tenant, rotationId: newId(), requested: true };
    const runs = await Promise.allSettled(Array.from({ length: 4 }, () => rotation().run(system, asked)));
    expect(runs.filter(({ status }) => status === 'rejected')).toEqual([]);
    await rotation().run(system, asked);
    expect(await keysOf(tenant)).toHaveLength(1);
    expect(await rowOf(asked.rotationId)).toEqual({ state: 'DONE', resealed: '20', unreadable: '0' });
    expect(await audited(tenant)).toEqual([['SUCCESS', { resealed: 20, unreadable: 0 }]]);
    expect((await admin.query(`select from probe.outbox where tenant_id = $1`, [tenant])).rowCount).toBeGreaterThanOrEqual(2);
    expect(await read(tenant, rows[0] ?? '')).toBe(rows[0]);
  });

  it('goes on where one was killed, at every step of it, and counts each value once', async () => {
    const { tenant, rows } = await tenantWith(450);
    const asked = { tenantId: tenant, rotationId: newId(), requested: false, };
    const [key] = await keysOf(tenant);
    const due = { ...asked, rotationId: key ?? '' };
    let died = 0;
    for (let alive = 1; ; alive += 1) {
      try {
        await rotation().run(mortal(system, alive), due);
        break;
      } catch (error) {
        if ((error as Error).message !== 'killed') throw error;
        died += 1;
        // Whatever is committed, every value opens.
        for (const row of [rows[0], rows[210], rows[449]]) expect(await read(tenant, row ?? '')).toBe(row);
      }
    }
    expect(died).toBeGreaterThanOrEqual(4);
    expect(await rowOf(due.rotationId)).toEqual({ state: 'DONE', resealed: '450', unreadable: '0' });
    expect(await audited(tenant)).toEqual([['SUCCESS', { resealed: 450, unreadable: 0 }]]);
    const keys = await keysOf(tenant);
    expect([keys.length, await usedKeys(tenant)]).toEqual([1, keys]);
  });

  it('does not delete the old key under a change that seals with it and commits last', async () => {
    const { tenant } = await tenantWith(1);
    const late = newId();
    const [sealed, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = deps.database.inScope(tenantScope(tenant), async (tx) => {
      await putIn(tx, tenant, late, 'late');
      sealed.resolve();
      await commit.promise;
    });
    await sealed.promise;
    const rotating = rotation().run(system, { tenantId: tenant, rotationId: newId(), requested: true });
    await until(async () => (await admin.query(`select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and not granted
      and database = (select oid from pg_database where datname = current_database())`)).rowCount === 1, 'the rotation waits');
    commit.resolve();
    await Promise.all([slow, rotating]);
    const keys = await keysOf(tenant);
    expect([keys.length, await usedKeys(tenant), await read(tenant, late)]).toEqual([1, keys, 'late']);
  });

  it('keeps the old key while somebody may still read with it', async () => {
    const { tenant, rows: [row = ''] } = await tenantWith(1);
    const asked = { tenantId: tenant, rotationId: newId(), requested: true };
    const patient = rotation({ graceMs: 60_000 });
    await patient.run(system, asked);
    await patient.run(system, asked);
    expect([(await keysOf(tenant)).length, (await rowOf(asked.rotationId))?.state, await read(tenant, row)]).toEqual([2, 'RESEALED', row]);
    const later = rotation({ graceMs: 60_000, clock: { now: () => new Date(Date.now() + 61_000) } });
    expect(await later.due(system)).toContainEqual(asked);
    await later.run(system, asked);
    expect([(await keysOf(tenant)).length, (await rowOf(asked.rotationId))?.state, await read(tenant, row)]).toEqual([1, 'DONE', row]);
  });

  it('leaves what does not open as it is, with its key, and says so', async () => {
    const { tenant, rows: [whole = '', damaged = ''] } = await tenantWith(2);
    await admin.query('update probe.vault set secret = set_byte(secret, 40, get_byte(secret, 40) # 1) where id = $1', [damaged]);
    await rotation().run(system, { tenantId: tenant, rotationId: newId(), requested: true });
    expect([(await keysOf(tenant)).length, (await usedKeys(tenant)).length, await read(tenant, whole)]).toEqual([2, 2, whole]);
    expect(await audited(tenant)).toEqual([['FAILURE', { resealed: 1, unreadable: 1 }]]);
  });

  it('leaves keys that others are derived from', async () => {
    const { tenant } = await tenantWith(1);
    const derived = () => deps.database.inScope(tenantScope(tenant), async (tx) => (await deps.envelope.derivedKey(tx, tenant, 'look-up')).toString('hex'));
    const before = await derived();
    await rotation().run(system, { tenantId: tenant, rotationId: newId(), requested: true });
    expect(await derived()).toBe(before);
  });

  it('begins by itself once the key is old enough, and once', async () => {
    const { tenant, rows: [row = ''] } = await tenantWith(1);
    const [key] = await keysOf(tenant);
    const mine = async (days: number) => (await rotation({ clock: { now: () => new Date(Date.now() + days * 86_400_000) } }).due(system)).filter(({ tenantId }) => tenantId === tenant);
    expect([await mine(89), await mine(91)]).toEqual([[], [{ tenantId: tenant, rotationId: key, requested: false }]]);
    const due = { tenantId: tenant, rotationId: key ?? '', requested: false };
    await rotation().run(system, due);
    const [next] = await keysOf(tenant);
    expect(await rotation().run(system, due)).toBe(false);
    expect([await mine(0), await keysOf(tenant), next === key, await read(tenant, row)]).toEqual([[], [next], false, row]);
  });
});

/** A pool whose owner is killed at the so-manyth transaction, when it was done and not yet committed. */
function mortal(pool: Pool, alive: number): Pool {
  let transactions = 0;
  return {
    query: pool.query.bind(pool),
    connect: async () => {
      const client = await pool.connect();
      return {
        release: (dead?: boolean) => client.release(dead),
        query: async (text: string, values?: unknown[]) => {
          if (text === 'commit' && (transactions += 1) === alive) throw new Error('killed');
          return client.query(text, values);
        },
      };
    },
  } as unknown as Pool;
}
