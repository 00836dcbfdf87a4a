// From one data key of a tenant to the next, in steps of which each is committed: whoever is killed leaves the rest to another.
//
// | step | what is committed | what a restart does |
// | --- | --- | --- |
// | begin | the new key seals, the former is retired, the rotation is RUNNING | goes on with it |
// | batch | so many values sealed anew, and counted | goes on with those that are left |
// | resealed | RESEALED, with the audit event and the answer | waits until nobody holds a value that was read before |
// | delete | the retired keys that seal nothing are gone, the rotation is DONE | answers again when it is asked again |
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { systemActor } from '../base/actor.js';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Envelope } from '../crypto/envelope.js';
import { Resealer } from '../crypto/reseal.js';
import { isOfPlatform, type SealedColumn } from '../crypto/sealed-column.js';
import { tenantScope } from '../data/scope.js';
import { keysRotatedOf, type RotateKeys } from '../messaging/key-jobs.js';
import { runUnit, type UnitOfWorkDeps } from '../messaging/unit-of-work.js';

export interface KeyRotationOptions {
  unit: UnitOfWorkDeps;
  envelope: Envelope;
  clock: Clock;
  logger: Logger;
  /** Of the subgraph's tables. */
  sealed: readonly SealedColumn[];
  /** A key older than this rotates by itself. */
  keyDays: number;
  /** How long a reader may take from a value to its key; a minute when absent. */
  graceMs?: number;
}

type State = 'RUNNING' | 'RESEALED' | 'DONE';

const DAY_MS = 86_400_000;
/** A job moves its rotation on far more often; one that has not for this long is taken up again. */
const LEASE_MS = 10_000;
const BATCH = 50;
/** Values that others hold are met in a later round. */
const ROUNDS = 100;
const PAUSE_MS = 50;

/** For the audit trail: what a rotation is called, the prefix of a data key's id, and what may be told of one. */
export const DATA_KEY_ACTION = 'data_key.rotate';
export const DATA_KEY_IDS = { DataKey: 'dkey' };
export const DATA_KEY_CLASSES = { DataKey: { resealed: 'plain', unreadable: 'plain' } } as const;

export class KeyRotation {
  readonly #schema: string;
  readonly #resealer: Resealer;
  readonly #graceMs: number;

  constructor(private readonly options: KeyRotationOptions) {
    this.#schema = options.unit.schema;
    this.#resealer = new Resealer(options.envelope.keys, options.sealed);
    this.#graceMs = options.graceMs ?? 60_000;
  }

  /** Rotations that wait to be moved on, and keys that are old enough for one, across tenants. A key's own id names the rotation that replaces it. */
  async due(system: Pool): Promise<RotateKeys[]> {
    const now = this.options.clock.now();
    const { rows } = await system.query<RotateKeys>(
      `(select tenant_id as "tenantId", id as "rotationId", requested from ${this.#schema}.key_rotation where due_at <= $1 order by due_at limit ${BATCH})
       union all
       (select tenant_id, id, false from ${this.#schema}.data_key k where purpose = 'SEAL' and retired_at is null and created_at <= $2
         and not exists (select from ${this.#schema}.key_rotation r where r.tenant_id = k.tenant_id and r.id = k.id) order by created_at limit ${BATCH})`,
      [now, new Date(now.getTime() - this.options.keyDays * DAY_MS)]);
    return rows;
  }

  /** Moves a rotation on as far as it goes now. @returns whether there was something to do */
  async run(system: Pool, rotation: RotateKeys): Promise<boolean> {
    try {
      return await this.#run(system, rotation);
    } catch (error) {
      // Whatever fails again and again must not stand before those that would not: it waits as long as it has been failing.
      await system.query(`update ${this.#schema}.key_rotation set due_at = $3::timestamptz + least(interval '1 hour', greatest(interval '10 seconds', $3::timestamptz - started_at))
        where tenant_id = $1 and id = $2 and state = 'RUNNING'`, [rotation.tenantId, rotation.rotationId, this.options.clock.now()])
        .catch((failed: Error) => this.options.logger.warn({ err: failed.message }, 'a rotation that failed is tried again at once'));
      throw error;
    }
  }

  async #run(system: Pool, rotation: RotateKeys): Promise<boolean> {
    const { state, due } = await this.#begin(system, rotation);
    if (state === 'RUNNING') {
      const unreadable = await this.#reseal(system, rotation);
      await this.#resealed(rotation, unreadable);
      if (this.#graceMs > 0) return true;
    } else if (rotation.requested) await this.#resealed(rotation, 0);
    if (state === 'DONE' || (state === 'RESEALED' && !due)) return false;
    await this.#delete(system, rotation);
    return true;
  }

  /** Of two that begin at once for one tenant, the second finds the first one's key. */
  async #begin(system: Pool, { tenantId, rotationId, requested }: RotateKeys): Promise<{ state: State; due: boolean }> {
    const now = this.options.clock.now();
    // Before the transaction: the master key may be in another house.
    const next = await this.options.envelope.keys.create(tenantId);
    return inTransaction(system, async (client) => {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`switchboard key rotation ${this.#schema} ${tenantId}`]);
      const { rows: [known] } = await client.query<{ state: State; due: boolean }>(
        `select state, due_at <= $3 as due from ${this.#schema}.key_rotation where tenant_id = $1 and id = $2`, [tenantId, rotationId, now]);
      if (known) return known;
      const retired = await client.query(
        `update ${this.#schema}.data_key set retired_at = $2 where tenant_id = $1 and purpose = 'SEAL' and retired_at is null and ($3 or id = $4)`,
        [tenantId, now, requested, rotationId]);
      // Nothing was ever sealed here, or another rotation has replaced the key.
      if (retired.rowCount === 0) return { state: 'DONE', due: false };
      await client.query(`insert into ${this.#schema}.data_key (tenant_id, id, wrapped, created_at, purpose) values ($1, $2, $3, $4, 'SEAL')`, [tenantId, next.id, next.wrapped, now]);
      await client.query(
        `insert into ${this.#schema}.key_rotation (tenant_id, id, requested, state, started_at, due_at) values ($1, $2, $3, 'RUNNING', $4, $5)`,
        [tenantId, rotationId, requested, now, this.#lease()]);
      return { state: 'RUNNING', due: true };
    });
  }

  /** Until nothing that opens is left under a retired key. @returns how much does not open */
  async #reseal(system: Pool, { tenantId, rotationId }: RotateKeys): Promise<number> {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round > 0) await sleep(PAUSE_MS);
      let unreadable = 0;
      for (const column of this.#resealer.columnsOf(tenantId)) {
        let after: string | null | undefined;
        while (after !== null) {
          const from: string | undefined = after;
          const done = await inTransaction(system, async (client) => {
            const batch = await this.#resealer.batch(client, tenantId, column, from);
            await client.query(`update ${this.#schema}.key_rotation set resealed = resealed + $3, due_at = $4 where tenant_id = $1 and id = $2 and state <> 'DONE'`,
              [tenantId, rotationId, batch.resealed, this.#lease()]);
            return batch;
          });
          unreadable += done.unreadable;
          after = done.after;
        }
      }
      if (await this.#resealer.left(system, tenantId) <= unreadable) return unreadable;
    }
    throw new Error(`Values of ${this.#schema} are held by others, again and again: their keys are rotated later.`);
  }

  /** Tells the trail, once, and whoever asked, as often as they ask. */
  async #resealed({ tenantId, rotationId, requested }: RotateKeys, unreadable: number): Promise<void> {
    const { unit: deps, sealed, logger } = this.options;
    const tenant = isOfPlatform(sealed, tenantId) ? null : tenantId;
    await runUnit(deps, tenantScope(tenantId), { actor: systemActor(tenant), correlationId: `key-rotation-${rotationId}` }, async (unit) => {
      const kysely = unit.tx.getKysely();
      const table = sql.table(`${this.#schema}.key_rotation`);
      const { rows: [moved] } = await sql<{ resealed: string }>`update ${table} set state = 'RESEALED', resealed_at = ${unit.now}, unreadable = ${unreadable},
        due_at = ${new Date(unit.now.getTime() + this.#graceMs)} where tenant_id = ${tenantId}::uuid and id = ${rotationId}::uuid and state = 'RUNNING' returning resealed`.execute(kysely);
      if (moved) {
        const { rows: [key] } = await sql<{ id: string }>`select id from ${sql.table(`${this.#schema}.data_key`)}
          where tenant_id = ${tenantId}::uuid and purpose = 'SEAL' and retired_at is null`.execute(kysely);
        unit.audit({
          action: DATA_KEY_ACTION, type: 'SECURITY', outcome: unreadable > 0 ? 'FAILURE' : 'SUCCESS', ...(unreadable > 0 ? { severity: 'ERROR' as const, reason: 'INTERNAL' } : {}),
          resource: { type: 'DataKey', id: key?.id ?? null }, after: { resealed: Number(moved.resealed), unreadable },
        }, tenant);
        if (unreadable > 0) logger.error({ tenant: tenantId, unreadable }, 'sealed values do not open: they stay as they are, and so does the key that they name');
      }
      if (!requested) return;
      const { rows: [told] } = await sql<{ resealed: string; unreadable: string }>`select resealed, unreadable from ${table}
        where tenant_id = ${tenantId}::uuid and id = ${rotationId}::uuid`.execute(kysely);
      unit.emit(keysRotatedOf(this.#schema), { rotationId, resealed: Number(told?.resealed ?? 0), unreadable: Number(told?.unreadable ?? 0) });
    });
  }

  /** What was under way when the key was retired has ended by now, and is sealed anew too. */
  async #delete(system: Pool, rotation: RotateKeys): Promise<void> {
    const { tenantId, rotationId } = rotation;
    let ended = false;
    while (!ended) {
      const unreadable = await this.#reseal(system, rotation);
      ended = await inTransaction(system, async (client) => {
        const until = new Date(this.options.clock.now().getTime() - this.#graceMs);
        await this.#resealer.deleteUnused(client, tenantId, until);
        // Sealed with a retired key and committed between the two.
        if (await this.#resealer.left(client, tenantId) > unreadable) return false;
        await client.query(`update ${this.#schema}.key_rotation set state = 'DONE', due_at = null where tenant_id = $1 and id = $2 and state = 'RESEALED'`, [tenantId, rotationId]);
        return true;
      });
    }
  }

  #lease(): Date {
    return new Date(this.options.clock.now().getTime() + LEASE_MS);
  }
}

async function inTransaction<T>(system: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await system.connect();
  try {
    await client.query('begin');
    // Whoever seals waits behind the one who waits for them to end.
    await client.query(`set local lock_timeout = '2s'`);
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    // A connection in an unknown state is not used again; its end rolls the transaction back.
    client.release(true);
    throw error;
  }
}
