// The job of exports: writes the file of one, or deletes it when its time is over. Killed at any point, it begins again.
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { StoredFiles } from '../../kernel/data/stored-files.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { StoragePort, StoredFile } from '../../kernel/storage/storage.js';
import type { ComplianceCrashPoint } from '../compliance.crash.js';
import { enterStream } from '../log/log.scope.js';
import { tenantOf } from '../log/stream.js';
import { db } from '../tables.js';
import { WINDOW, criteriaFrom, headerOf, windowOf, type ExportPicture } from './export.content.js';
import { secretAddress } from './export.download.js';
import { statesBefore, type ExportFailure, type ExportState } from './export.entity.js';
import { FORMATS } from './export.format.js';
import { newUrlSecret, type ExportRow } from './export.service.js';

/** Whoever writes says so far more often; one that has not for this long is taken to be dead. */
const LEASE_MS = 30_000;
/** How long a checkpoint may be in coming before the export fails. */
const CHECKPOINT_MS = 600_000;
const AGAIN_MS = 1_000;
/** After a file could not be deleted. */
const EXPIRE_AGAIN_MS = 60_000;
const ATTEMPTS = 5;
export const KEPT_MS = 7 * 86_400_000;

/** What tenants are counted as keeping. */
const kept = new StoredFiles('compliance');

/** Somebody else has taken the export over. */
class LeaseLost extends Error {}

export class ExportRun {
  constructor(private readonly deps: SubgraphDeps, private readonly storage: StoragePort, private readonly crash: CrashPoint<ComplianceCrashPoint>) {}

  /** @returns whether something was done */
  async run(stream: string, id: string): Promise<boolean> {
    const row = await this.#claim(stream, id);
    if (!row) return false;
    if (row.state === 'READY') return this.#expire(row);
    if (row.attempts > ATTEMPTS) return this.#fail(row, 'INTERNAL');
    const picture = await this.#picture(row);
    if (picture === 'NOT_YET') {
      if (this.#now().getTime() - row.requestedAt.getTime() > CHECKPOINT_MS) return this.#fail(row, 'NO_CHECKPOINT');
      // Waiting for a checkpoint is no attempt.
      return this.#move(row, 'QUEUED', { attempts: row.attempts - 1, dueAt: this.#after(AGAIN_MS) });
    }
    try {
      return await this.#write(row, picture);
    } catch (error) {
      if (error instanceof LeaseLost) return false;
      await this.#move(row, 'QUEUED', { dueAt: this.#after(AGAIN_MS * 4 ** row.attempts) });
      throw error;
    }
  }

  /** Deletes the files of every export of a log, whether or not a row (still) names them. */
  async forget(stream: string): Promise<void> {
    await this.storage.removeAll(`audit-exports/${stream}/`);
  }

  /** Takes what is due: an export to write, for as long as the lease; or one whose time is over, as it is. */
  #claim(stream: string, id: string): Promise<ExportRow | null> {
    return this.#inStream(stream, async (tx) => {
      const row = await db(tx).selectFrom('AuditExport').selectAll().where('tenantId', '=', stream).where('id', '=', id)
        .where('dueAt', '<=', this.#now()).forUpdate().skipLocked().executeTakeFirst();
      if (!row || row.state === 'READY') return row ?? null;
      const taken = { state: 'RUNNING', attempts: row.attempts + 1, dueAt: this.#after(LEASE_MS), scanned: '0', rowCount: '0' } as const;
      await db(tx).updateTable('AuditExport').set(taken).where('tenantId', '=', stream).where('id', '=', id).execute();
      return { ...row, ...taken };
    });
  }

  /** The log as it is to be exported: a checkpoint that covers all that was sealed when it was asked for. */
  #picture({ tenantId: stream, filter, sealed }: ExportRow): Promise<ExportPicture | 'NOT_YET'> {
    return this.#inStream(stream, async (tx) => {
      const checkpoint = await db(tx).selectFrom('LogCheckpoint').select(['size', 'note']).where('tenantId', '=', stream).orderBy('size', 'desc').limit(1).executeTakeFirst();
      return Number(checkpoint?.size ?? 0) >= Number(sealed) ? { stream, filter, criteria: criteriaFrom(filter), checkpoint: checkpoint ? { size: Number(checkpoint.size), note: checkpoint.note } : null } : 'NOT_YET';
    });
  }

  async #write(row: ExportRow, picture: ExportPicture): Promise<boolean> {
    const { attempts, format } = row;
    // Of those who died before, at whatever point. Not of later ones: whoever wakes up late must not take away what they have written.
    for (let before = 1; before < attempts; before += 1) await this.storage.removeAll(filesOf(row, before));
    const key = `${filesOf(row, attempts)}${FORMATS[format].extension}`;
    const counted = { rows: 0 };
    const file = await this.storage.put(key, this.#content(row, picture, counted));
    this.crash('export:written');
    if (await this.#finish(row, key, file, counted.rows)) return true;
    await this.storage.remove(key);
    return false;
  }

  async* #content(row: ExportRow, picture: ExportPicture, counted: { rows: number }): AsyncGenerator<string> {
    const format = FORMATS[row.format];
    const total = picture.checkpoint?.size ?? 0;
    const header = await this.#inStream(picture.stream, (tx) => headerOf(tx, picture, this.#now()));
    yield format.header(header);
    for (let start = 0; start < total; start += WINDOW) {
      const entries = await this.#inStream(picture.stream, (tx) => windowOf(tx, picture, start, header));
      for (const entry of entries) yield format.entry(entry);
      counted.rows += entries.length;
      const scanned = Math.min(start + WINDOW, total);
      if (!(await this.#move(row, 'RUNNING', { scanned, total, rowCount: counted.rows, dueAt: this.#after(LEASE_MS) }))) throw new LeaseLost();
    }
    yield format.end(counted.rows);
  }

  #finish(row: ExportRow, fileKey: string, { bytes, sha256 }: StoredFile, rowCount: number): Promise<boolean> {
    const expiresAt = this.#after(KEPT_MS);
    return this.#unit(row, async (unit) => {
      // Held before anything is sealed: of a tenant that is erased there is no row, and must be no key that was made for its sake.
      if (!await db(unit.tx).selectFrom('AuditExport').select('id').where('tenantId', '=', row.tenantId).where('id', '=', row.id)
        .where('attempts', '=', row.attempts).where('state', '=', 'RUNNING').forUpdate().executeTakeFirst()) return false;
      const urlSecret = await this.deps.envelope.seal(unit.tx, secretAddress(row.tenantId, row.id), newUrlSecret());
      if (!(await update(unit.tx, row, 'READY', { fileKey, bytes, sha256, rowCount, urlSecret, expiresAt, dueAt: expiresAt }))) return false;
      // The platform pays for nothing.
      if (tenantOf(row.tenantId) !== null) await kept.keep(unit.tx, row.tenantId, { key: fileKey, bytes }, unit.now);
      unit.audit({
        action: 'audit.export_ready', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'AuditExport', id: row.id }, after: { rows: rowCount, bytes, sha256 },
      });
      return true;
    });
  }

  async #fail(row: ExportRow, failure: ExportFailure): Promise<boolean> {
    await this.storage.removeAll(filesOf(row));
    return this.#unit(row, async (unit) => {
      if (!(await update(unit.tx, row, 'FAILED', { failure, dueAt: null }))) return false;
      unit.audit({ action: 'audit.export_ready', type: 'DATA_READ', outcome: 'FAILURE', severity: 'ERROR', reason: failure, resource: { type: 'AuditExport', id: row.id } });
      return true;
    });
  }

  async #expire(row: ExportRow): Promise<boolean> {
    // First the file, and what writers that were too late have left: were it last, a kill would leave it for good.
    try {
      await this.storage.removeAll(filesOf(row));
    } catch (error) {
      await this.#inStream(row.tenantId, (tx) => db(tx).updateTable('AuditExport').set({ dueAt: this.#after(EXPIRE_AGAIN_MS) })
        .where('tenantId', '=', row.tenantId).where('id', '=', row.id).where('state', '=', 'READY').execute());
      throw error;
    }
    return this.#unit(row, async (unit) => {
      if (!(await update(unit.tx, row, 'EXPIRED', { fileKey: null, urlSecret: null, dueAt: null }))) return false;
      await kept.drop(unit.tx, row.tenantId, filesOf(row));
      unit.audit({ action: 'audit.export_expire', type: 'DATA_DELETE', outcome: 'SUCCESS', resource: { type: 'AuditExport', id: row.id } });
      return true;
    });
  }

  #move(row: ExportRow, state: ExportState, changes: Record<string, unknown>): Promise<boolean> {
    return this.#inStream(row.tenantId, (tx) => update(tx, row, state, changes));
  }

  #inStream<T>(stream: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.deps.database.inScope(tenantScope(stream), work);
  }

  #unit<T>({ tenantId: stream, id }: ExportRow, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const tenant = tenantOf(stream);
    return runUnit(this.deps.unit, { tenant, user: null }, { actor: systemActor(tenant), correlationId: `audit-export-${id}` }, async (unit) => {
      await enterStream(unit.tx, stream);
      return work(unit);
    });
  }

  #now(): Date {
    return this.deps.clock.now();
  }

  #after(milliseconds: number): Date {
    return new Date(this.#now().getTime() + milliseconds);
  }
}

/** What the keys of an export's files begin with: of all attempts, or of one. */
const filesOf = ({ tenantId, id }: ExportRow, attempt?: number): string => `audit-exports/${tenantId}/${id}.${attempt === undefined ? '' : `${attempt}.`}`;

/** Moves an export from a state that allows it, unless somebody else has taken it over since. */
async function update(tx: Tx, { tenantId, id, attempts }: ExportRow, state: ExportState, changes: Record<string, unknown>): Promise<boolean> {
  const moved = await db(tx).updateTable('AuditExport').set({ ...changes, state } as never).where('tenantId', '=', tenantId).where('id', '=', id)
    .where('attempts', '=', attempts).where('state', 'in', statesBefore(state)).executeTakeFirst();
  return moved.numUpdatedRows > 0n;
}
