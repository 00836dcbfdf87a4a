// The job of exports of lists: reads one in parts, writes its file from them, deletes it when its time is over. Killed at any point, it goes on (data-export.crash.ts).
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { GraphUnavailable, type GraphClient } from '../../kernel/base/graph-client.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { StoredFiles } from '../../kernel/data/stored-files.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { StoragePort, StoredFile } from '../../kernel/storage/storage.js';
import { canonicalJson } from '../log/entry.js';
import { db } from '../tables.js';
import type { DataExportCrashPoint } from './data-export.crash.js';
import { LINK_PURPOSE } from './data-export.download.js';
import { statesBefore, type DataExportState } from './data-export.entity.js';
import { ExportProgressed } from './data-export.events.js';
import { DATA_FORMATS } from './data-export.format.js';
import { filesOf, folderOf, lineOf, partsOf, rowsOf, type Part } from './data-export.parts.js';
import { Stopped, readPage, type ReadPage } from './data-export.reader.js';
import { LEASE_MS, dataExportsOf, requesterId, type DataExportRow } from './data-export.service.js';

const AGAIN_MS = 1_000;
const UNAVAILABLE_AGAIN_MS = 10_000;
/** How long the graph may be away before an export fails. */
const UNAVAILABLE_MS = 86_400_000;
const DELETE_AGAIN_MS = 60_000;
const STALLED_MAX = 5;
/** How often whoever is at it says so. */
const SAY_MS = 5_000;
/** How long one is read before others have their turn. */
const TURN_MS = 60_000;
export const KEPT_MS = 7 * 86_400_000;
/** Rows of a page, and pages of a part at most. */
export const SIZES = { page: 100, pages: 25 };

/** What tenants are counted as keeping. */
const kept = new StoredFiles('compliance');

/** Somebody else has taken the export over, or it was cancelled, or its tenant is erased. */
class LeaseLost extends Error {}

export class DataExportRun {
  constructor(
    private readonly deps: SubgraphDeps, private readonly storage: StoragePort, private readonly crash: CrashPoint<DataExportCrashPoint>, private readonly sizes = SIZES,
  ) {}

  /** @param graph null: this process has no way to it, and leaves the export to another. @returns whether something was done */
  async run(tenantId: string, id: string, graph: GraphClient | null): Promise<boolean> {
    const row = await this.#claim(tenantId, id, graph !== null);
    if (!row) return false;
    if (row.state === 'READY' && row.expiresAt !== null && row.expiresAt > this.#now()) return this.#tidy(row);
    if (row.state !== 'RUNNING') return this.#end(row);
    if (!graph) return false;
    try {
      if (row.stalled > STALLED_MAX) throw new Stopped('INTERNAL');
      const rowCount = await this.#read(row, graph);
      // Its turn is over: it comes again behind those of others.
      if (rowCount === null) return await this.#move(row, 'QUEUED', { dueAt: this.#now() });
      await this.#write(row, rowCount);
      return true;
    } catch (error) {
      if (error instanceof LeaseLost) return false;
      if (error instanceof Stopped) return this.#fail(row, error);
      if (!(error instanceof GraphUnavailable)) {
        // Whoever has taken it over may have swept away what this one was at.
        if (!await this.#move(row, 'QUEUED', { dueAt: this.#after(AGAIN_MS * 4 ** row.stalled) })) return false;
        throw error;
      }
      if (this.#now().getTime() - row.requestedAt.getTime() > UNAVAILABLE_MS) return this.#fail(row, new Stopped('UNAVAILABLE', error));
      // To wait for the graph is not to be stuck.
      this.deps.logger.warn({ exportId: id, err: error }, 'an export waits for the graph');
      return this.#move(row, 'QUEUED', { stalled: row.stalled - 1, dueAt: this.#after(UNAVAILABLE_AGAIN_MS) });
    }
  }

  /** Deletes everything that exports of a tenant have in storage. */
  forget(tenantId: string): Promise<void> {
    return this.storage.removeAll(folderOf(tenantId));
  }

  /** Takes what is due; who reads or writes has it for as long as the lease. */
  #claim(tenantId: string, id: string, able: boolean): Promise<DataExportRow | null> {
    return this.#inTenant(tenantId, async (tx) => {
      const row = await dataExportsOf(tx, tenantId).selectAll().where('id', '=', id).where('dueAt', '<=', this.#now()).forUpdate().skipLocked().executeTakeFirst();
      if (!row || (row.state !== 'QUEUED' && row.state !== 'RUNNING')) return row ?? null;
      if (!able) return null;
      const taken = { state: 'RUNNING', attempts: row.attempts + 1, stalled: row.stalled + 1, written: '0', dueAt: this.#after(LEASE_MS) } as const;
      await db(tx).updateTable('DataExport').set(taken).where('tenantId', '=', tenantId).where('id', '=', id).execute();
      return { ...row, ...taken };
    });
  }

  /** Reads on from where the last part ended. @returns how many rows there are; null when its turn is over before that */
  async #read(row: DataExportRow, graph: GraphClient): Promise<number | null> {
    const begun = this.#now().getTime();
    let [rows, number] = [Number(row.rowCount), await this.#partsOf(row).then(({ length }) => length)];
    const { rowsMax } = DATA_FORMATS[row.format];
    for (let at: { after: string | null } | null = row.readAll ? null : { after: row.position }; at;) {
      const first: ReadPage = await readPage(graph, row, at.after, this.sizes.page);
      const ended = { next: first.next, rows: 0 };
      const key = `${partsOf(row)}${number}.${row.attempts}.jsonl`;
      const file = first.rows.length === 0 && first.next === null ? null : await this.storage.put(key, this.#part(row, graph, first, ended));
      this.crash('data-export:part');
      rows += ended.rows;
      if (rows > rowsMax) throw new Stopped('TOO_MANY_ROWS');
      const part = file && ended.rows > 0 ? { number, fileKey: key, rowCount: ended.rows, sha256: file.sha256 } : null;
      if (!await this.#keepPart(row, part, { rowCount: rows, position: ended.next, readAll: ended.next === null })) {
        await this.storage.remove(key);
        throw new LeaseLost();
      }
      if (part) number += 1;
      else if (file) await this.storage.remove(key);
      this.crash('data-export:read');
      at = ended.next === null ? null : { after: ended.next };
      if (at && this.#now().getTime() - begun > TURN_MS) return null;
    }
    return rows;
  }

  async* #part(row: DataExportRow, graph: GraphClient, first: ReadPage, ended: { next: string | null; rows: number }): AsyncGenerator<string> {
    const begun = this.#now().getTime();
    let page = first;
    for (let pages = 1; ; pages += 1) {
      yield page.rows.map(lineOf).join('');
      ended.rows += page.rows.length;
      ended.next = page.next;
      // What takes long is committed sooner: a page is waited for less long than the lease holds.
      if (page.next === null || pages >= this.sizes.pages || this.#now().getTime() - begun >= SAY_MS) return;
      page = await readPage(graph, row, page.next, this.sizes.page);
    }
  }

  /** The rows of a part and the place after it, at once: none of them is lost, none is read again. */
  #keepPart(row: DataExportRow, part: (Part & { number: number; rowCount: number }) | null, changes: { rowCount: number; position: string | null; readAll: boolean }): Promise<boolean> {
    return this.#unit(row, async (unit) => {
      if (!await update(unit.tx, row, 'RUNNING', { ...changes, stalled: 0, dueAt: this.#after(LEASE_MS) })) return false;
      if (part) await db(unit.tx).insertInto('DataExportPart').values({ tenantId: row.tenantId, exportId: row.id, ...part } as never).execute();
      unit.emit(ExportProgressed, { exportId: row.id }, { streamId: row.id });
      return true;
    });
  }

  async #write(row: DataExportRow, rowCount: number): Promise<void> {
    const { format, columns, title, language, timeZone, attempts } = row;
    const parts = await this.#partsOf(row);
    // Of those who died before. Not of later ones: whoever wakes up late must not take away what they have written.
    for (let before = 1; before < attempts; before += 1) await this.storage.removeAll(`${filesOf(row)}${before}.`);
    const { extension, content } = DATA_FORMATS[format];
    const key = `${filesOf(row)}${attempts}.${extension}`;
    const counted = { written: 0, said: this.#now().getTime() };
    const rows = (): AsyncGenerator<ReadPage['rows']> => this.#counting(row, parts, counted);
    const file = await this.storage.put(key, content({ title, columns, rowCount, language, timeZone, at: row.requestedAt }, rows));
    this.crash('data-export:written');
    if (!await this.#finish(row, key, file, rowCount)) {
      await this.storage.remove(key);
      throw new LeaseLost();
    }
    this.crash('data-export:ready');
    await this.#tidy(row);
  }

  /** The parts have served; what is left to be done is to delete the file. */
  async #tidy(row: DataExportRow): Promise<boolean> {
    await this.storage.removeAll(partsOf(row));
    return this.#inTenant(row.tenantId, (tx) => set(tx, row, ['READY'], { dueAt: sql`expires_at` }));
  }

  /** The rows, and a word now and then of how far they are written. */
  async* #counting(row: DataExportRow, parts: readonly Part[], counted: { written: number; said: number }): AsyncGenerator<ReadPage['rows']> {
    counted.written = 0;
    for await (const batch of rowsOf(this.storage, parts)) {
      yield batch;
      counted.written += batch.length;
      if (this.#now().getTime() - counted.said < SAY_MS) continue;
      counted.said = this.#now().getTime();
      const mine = await this.#unit(row, async (unit) => {
        unit.emit(ExportProgressed, { exportId: row.id }, { streamId: row.id });
        return update(unit.tx, row, 'RUNNING', { written: counted.written, dueAt: this.#after(LEASE_MS) });
      });
      if (!mine) throw new LeaseLost();
    }
  }

  #finish(row: DataExportRow, fileKey: string, { bytes, sha256 }: StoredFile, rowCount: number): Promise<boolean> {
    const expiresAt = this.#after(KEPT_MS);
    return this.#unit(row, async (unit) => {
      const manifest = canonicalJson({
        format: 'switchboard-export/1', id: encodeId('exp', row.id), tenant: encodeId('tnt', row.tenantId), requestedBy: requesterId(row), requestedAt: row.requestedAt.toISOString(),
        readyAt: unit.now.toISOString(), writtenAs: row.format, title: row.title, query: row.plan.query, variables: row.plan.variables, columns: row.columns.map(({ heading }) => heading),
        rows: rowCount, bytes, sha256,
      });
      const manifestSha256 = createHash('sha256').update(manifest).digest('hex');
      if (!await update(unit.tx, row, 'READY', { fileKey, bytes, sha256, manifest, written: rowCount, expiresAt, dueAt: this.#after(LEASE_MS) })) return false;
      // After the row: of a tenant that is erased there is none, and must be no key.
      await this.deps.envelope.derivedKey(unit.tx, row.tenantId, LINK_PURPOSE);
      await db(unit.tx).deleteFrom('DataExportPart').where('tenantId', '=', row.tenantId).where('exportId', '=', row.id).execute();
      await kept.keep(unit.tx, row.tenantId, { key: fileKey, bytes }, unit.now);
      unit.emit(ExportProgressed, { exportId: row.id }, { streamId: row.id });
      unit.audit({ action: 'export.ready', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'Export', id: row.id }, after: { rows: rowCount, bytes, sha256, manifestSha256 } });
      return true;
    });
  }

  async #fail(row: DataExportRow, { failure, cause }: Stopped): Promise<boolean> {
    this.deps.logger.warn({ exportId: row.id, failure, err: cause }, 'an export has failed');
    return this.#unit(row, async (unit) => {
      if (!await update(unit.tx, row, 'FAILED', { failure, dueAt: unit.now })) return false;
      unit.emit(ExportProgressed, { exportId: row.id }, { streamId: row.id });
      unit.audit({ action: 'export.ready', type: 'DATA_READ', outcome: 'FAILURE', severity: 'ERROR', reason: failure, resource: { type: 'Export', id: row.id } });
      return true;
    });
  }

  /** Its days are over, or it failed or was cancelled: first the files, for a row that says they are gone would leave them. */
  async #end(row: DataExportRow): Promise<boolean> {
    try {
      await this.storage.removeAll(filesOf(row));
    } catch (error) {
      await this.#set(row, [row.state], { dueAt: this.#after(DELETE_AGAIN_MS) });
      throw error;
    }
    return this.#unit(row, async (unit) => {
      await db(unit.tx).deleteFrom('DataExportPart').where('tenantId', '=', row.tenantId).where('exportId', '=', row.id).execute();
      // What was looked for may name people: nobody needs it any more.
      const forgotten = { plan: JSON.stringify({ ...row.plan, variables: {} }), dueAt: null };
      if (row.state !== 'READY') return set(unit.tx, row, [row.state], forgotten);
      if (!await update(unit.tx, row, 'EXPIRED', { ...forgotten, fileKey: null })) return false;
      await kept.drop(unit.tx, row.tenantId, filesOf(row));
      unit.audit({ action: 'export.expire', type: 'DATA_DELETE', outcome: 'SUCCESS', resource: { type: 'Export', id: row.id } });
      return true;
    });
  }

  #partsOf({ tenantId, id }: DataExportRow) {
    return this.#inTenant(tenantId, (tx) => db(tx).selectFrom('DataExportPart').select(['number', 'fileKey', 'sha256']).where('tenantId', '=', tenantId).where('exportId', '=', id).orderBy('number').execute());
  }

  #move(row: DataExportRow, state: DataExportState, changes: Record<string, unknown>): Promise<boolean> {
    return this.#inTenant(row.tenantId, (tx) => update(tx, row, state, changes));
  }

  #set(row: DataExportRow, from: DataExportState[], changes: Record<string, unknown>): Promise<boolean> {
    return this.#inTenant(row.tenantId, (tx) => set(tx, row, from, changes));
  }

  #inTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.deps.database.inScope(tenantScope(tenantId), work);
  }

  #unit<T>({ tenantId, id }: DataExportRow, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `export-${id}` }, work);
  }

  #now(): Date {
    return this.deps.clock.now();
  }

  #after(milliseconds: number): Date {
    return new Date(this.#now().getTime() + milliseconds);
  }
}

async function set(tx: Tx, { tenantId, id, attempts }: DataExportRow, from: DataExportState[], changes: Record<string, unknown>): Promise<boolean> {
  const moved = await db(tx).updateTable('DataExport').set(changes as never).where('tenantId', '=', tenantId).where('id', '=', id)
    .where('attempts', '=', attempts).where('state', 'in', from).executeTakeFirst();
  return moved.numUpdatedRows > 0n;
}

/** Moves an export from a state that allows it, unless somebody else has taken it over since. */
const update = (tx: Tx, row: DataExportRow, state: DataExportState, changes: Record<string, unknown>): Promise<boolean> =>
  set(tx, row, statesBefore(state), { ...changes, state });
