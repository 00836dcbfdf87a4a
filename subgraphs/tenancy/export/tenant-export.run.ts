// What becomes of an export by itself: parts are ordered again, the archive is assembled, files go when their time is over. Killed at any point, it begins again.
//
// Crash table. What begins a step again is the sweeper, from `due_at`.
// | step | what is committed | what a restart does |
// | request | the row, the order in the outbox | the relay carries the order |
// | part, in each subgraph | files that no row names | the job is repeated, or ordered again after a minute, and answers from them when they are whole, or writes over them |
// | answer | the answer in that subgraph's outbox | a second answer finds the first |
// | archive | a file that no row names | another one under a new name when the lease has ended; the first goes with the export's files |
// | ready | READY, the way to the archive; archives from before are due | nothing; parts that were left go with the archive |
// | end | no file, READY or FAILED | deletes nothing more, and says so |
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { tenantExportFiles, tenantExportFolder } from '../../kernel/messaging/tenant-export.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { StorageError, type StoragePort, type StoredFile } from '../../kernel/storage/storage.js';
import { db } from '../tables.js';
import type { TenancyCrashPoint } from '../tenancy.crash.js';
import { Archive, PartBroken } from './tenant-export.archive.js';
import { LINK_PURPOSE } from './tenant-export.download.js';
import { statesBefore, type TenantExportState } from './tenant-export.entity.js';
import { UNANSWERED_MS, after, exportsOf, failExport, notePartFailure, orderParts, originOf, type TenantExportRow } from './tenant-export.service.js';

/** Whoever assembles says so far more often; one that has not for this long is taken to be dead. */
const LEASE_MS = 30_000;
const SAY_MS = 5_000;
const COLLECT_MS = 86_400_000;
const AGAIN_MS = 5_000;
const DELETE_AGAIN_MS = 60_000;
const ATTEMPTS = 5;
export const KEPT_MS = 7 * 86_400_000;

/** Somebody else has taken the export over, or its tenant is erased. */
class LeaseLost extends Error {}

export class TenantExportRun {
  constructor(private readonly deps: SubgraphDeps, private readonly storage: StoragePort, private readonly crash: CrashPoint<TenancyCrashPoint>) {}

  /** @returns whether something was done */
  async run(tenantId: string, id: string): Promise<boolean> {
    const row = await this.#claim(tenantId, id);
    if (!row) return false;
    if (row.state === 'COLLECTING') return this.#collect(row);
    if (row.state !== 'ASSEMBLING') return this.#end(row);
    try {
      return await this.#assemble(row);
    } catch (error) {
      if (error instanceof LeaseLost) return false;
      await this.#assemblyFailed(row, error);
      throw error;
    }
  }

  /** Deletes everything that exports of a tenant have in storage. */
  forget(tenantId: string): Promise<void> {
    return this.storage.removeAll(tenantExportFolder(tenantId));
  }

  /** Takes what is due; who assembles has it for as long as the lease. */
  #claim(tenantId: string, id: string): Promise<TenantExportRow | null> {
    return this.deps.database.inScope(tenantScope(tenantId), async (tx) => {
      const row = await exportsOf(tx, tenantId).selectAll().where('id', '=', id).where('dueAt', '<=', this.#now()).forUpdate().skipLocked().executeTakeFirst();
      if (!row || row.state !== 'ASSEMBLING') return row ?? null;
      const taken = { attempts: row.attempts + 1, dueAt: this.#after(LEASE_MS), assembled: '0' };
      await update(tx, row, 'ASSEMBLING', taken);
      return { ...row, ...taken };
    });
  }

  #collect(row: TenantExportRow): Promise<boolean> {
    return this.#unit(row, async (unit, now) => {
      if (unit.now.getTime() - row.requestedAt.getTime() > COLLECT_MS) {
        await failExport(unit, now, 'TIMED_OUT');
        return true;
      }
      await update(unit.tx, now, 'COLLECTING', { dueAt: this.#after(UNANSWERED_MS) });
      orderParts(unit, now);
      return true;
    });
  }

  async #assemble(row: TenantExportRow): Promise<boolean> {
    const { tenantId, id, attempts } = row;
    if (attempts > ATTEMPTS) return this.#unit(row, (unit, now) => failExport(unit, now, 'INTERNAL').then(() => true));
    const key = `${tenantExportFiles({ tenantId, exportId: id }, 'archive', attempts)}zip`;
    const archive = await Archive.of(this.storage, row);
    let saidAt = this.#now().getTime();
    const file = await this.storage.put(key, archive.content(this.#now(), async (assembled) => {
      if (this.#now().getTime() - saidAt < SAY_MS) return;
      saidAt = this.#now().getTime();
      await this.#say(row, assembled);
    }));
    this.crash('tenant-export:archive');
    if (await this.#finish(row, key, file)) {
      for (const subgraph of Object.keys(row.parts)) await this.storage.removeAll(tenantExportFiles({ tenantId, exportId: id }, subgraph));
      return true;
    }
    await this.storage.remove(key);
    return false;
  }

  async #say(row: TenantExportRow, assembled: number): Promise<void> {
    const mine = await this.deps.database.inScope(tenantScope(row.tenantId), (tx) => update(tx, row, 'ASSEMBLING', { assembled, dueAt: this.#after(LEASE_MS) }));
    if (!mine) throw new LeaseLost();
  }

  /** The row first, and what signs its links after it: of a tenant that is erased there is no row, and must be no key. */
  #finish(row: TenantExportRow, fileKey: string, { bytes, sha256 }: StoredFile): Promise<boolean> {
    const expiresAt = this.#after(KEPT_MS);
    return this.#unit(row, async (unit, now) => {
      if (!await update(unit.tx, now, 'READY', { fileKey, bytes, sha256, expiresAt, dueAt: expiresAt })) return false;
      // One archive a tenant: whoever asks again and again does not fill the storage.
      await db(unit.tx).updateTable('TenantExport').set({ expiresAt: unit.now, dueAt: unit.now }).where('tenantId', '=', row.tenantId).where('state', '=', 'READY').where('id', '<>', row.id).execute();
      await this.deps.envelope.derivedKey(unit.tx, row.tenantId, LINK_PURPOSE);
      unit.audit({
        action: 'tenant.export_ready', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'TenantExport', id: row.id }, after: { rows: Number(now.rowCount), bytes, sha256 },
      });
      return true;
    });
  }

  async #assemblyFailed(row: TenantExportRow, error: unknown): Promise<void> {
    await this.#unit(row, async (unit, now) => {
      if (error instanceof PartBroken) await notePartFailure(unit, now, error.subgraph, now.parts[error.subgraph]?.attempt ?? now.attempt, 'INTERNAL');
      else if (row.attempts >= ATTEMPTS) await failExport(unit, now, error instanceof StorageError ? 'STORAGE' : 'INTERNAL');
      else await update(unit.tx, now, 'ASSEMBLING', { dueAt: this.#after(AGAIN_MS * 4 ** (row.attempts - 1)) });
      return true;
    });
  }

  /** The days of an archive are over, or its export has failed: first the files, for a row that says they are gone would leave them. */
  async #end(row: TenantExportRow): Promise<boolean> {
    const { tenantId, id } = row;
    try {
      await this.storage.removeAll(tenantExportFiles({ tenantId, exportId: id }));
    } catch (error) {
      await this.#unit(row, (unit, now) => set(unit.tx, now, { dueAt: this.#after(DELETE_AGAIN_MS) }));
      throw error;
    }
    return this.#unit(row, async (unit, now) => {
      if (now.state === 'FAILED') return set(unit.tx, now, { dueAt: null });
      if (!await update(unit.tx, now, 'EXPIRED', { fileKey: null, dueAt: null })) return false;
      unit.audit({ action: 'tenant.export_expire', type: 'DATA_DELETE', outcome: 'SUCCESS', resource: { type: 'TenantExport', id } });
      return true;
    });
  }

  /** A change under the row's lock, if it is still as it was claimed. */
  #unit({ tenantId, id, state, attempts }: TenantExportRow, work: (unit: UnitOfWork, now: TenantExportRow) => Promise<boolean>): Promise<boolean> {
    return runUnit(this.deps.unit, tenantScope(tenantId), originOf(tenantId, id), async (unit) => {
      const now = await exportsOf(unit.tx, tenantId).selectAll().where('id', '=', id).where('state', '=', state).where('attempts', '=', attempts).forUpdate().executeTakeFirst();
      return now ? work(unit, now) : false;
    });
  }

  #now(): Date {
    return this.deps.clock.now();
  }

  #after(milliseconds: number): Date {
    return after(this.#now(), milliseconds);
  }
}

async function set(tx: Tx, { tenantId, id, attempts }: TenantExportRow, changes: Record<string, unknown>, from?: TenantExportState[]): Promise<boolean> {
  let query = db(tx).updateTable('TenantExport').set(changes as never).where('tenantId', '=', tenantId).where('id', '=', id).where('attempts', '=', attempts);
  if (from) query = query.where('state', 'in', from);
  return (await query.executeTakeFirst()).numUpdatedRows > 0n;
}

/** Moves an export from a state that allows it, unless somebody else has taken it over since. */
function update(tx: Tx, row: TenantExportRow, state: TenantExportState, changes: Record<string, unknown>): Promise<boolean> {
  return set(tx, row, { ...changes, state }, statesBefore(state));
}
