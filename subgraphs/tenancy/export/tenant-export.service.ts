// Exports of a tenant as they are asked for, looked at and answered. What goes on by itself is in tenant-export.run.ts.
import type { Selectable } from 'kysely';
import { ACTOR_ID_PREFIX, systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { encodeId, isUuid, newId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { tenantExportFiles, type ExportPartAnswer } from '../../kernel/messaging/tenant-export.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { StoragePort } from '../../kernel/storage/storage.js';
import { ANSWERING } from '../erasure/erasure.service.js';
import { TenantState } from '../life/life.states.js';
import { db, type TenancyTables } from '../tables.js';
import type { TenantExportFailure } from './tenant-export.entity.js';
import { TenantExportOrdered } from './tenant-export.events.js';
import type { TenantExportRequestInput } from './tenant-export.inputs.js';

export type TenantExportRow = Selectable<TenancyTables['TenantExport']>;

/** After this time without all answers the order is said again. */
export const UNANSWERED_MS = 60_000;
const AGAIN_MS = 5_000;
/** How often a subgraph may fail before the export has. */
const PART_ATTEMPTS = 3;

export class TenantExportService {
  constructor(private readonly deps: SubgraphDeps, private readonly storage: StoragePort) {}

  /** Begins an export, or finds the one an equal earlier request began. @throws Refusal TenantExportRunning, TenantStateWrong, InputInvalid */
  request(context: OperationContext, { idempotencyKey }: TenantExportRequestInput): Promise<TenantExportRow> {
    const [tenantId, requestedBy] = [context.tenantId, encodeId(ACTOR_ID_PREFIX, context.userId)];
    if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
    }
    return context.mutate(async (unit, audit) => {
      // Held until the end: equal requests find each other, and none begins while the tenant is given to its erasure.
      const tenant = await db(unit.tx).selectFrom('Tenant').select('state').where('id', '=', tenantId).forUpdate().executeTakeFirst();
      if (!tenant || tenant.state === TenantState.ERASING) throw new Refusal('TenantStateWrong', ErrorCode.WRONG_STATE, 'This tenant is being erased.');
      const known = await exportsOf(unit.tx, tenantId).selectAll().where('requestedBy', '=', requestedBy).where('idempotencyKey', '=', idempotencyKey).executeTakeFirst();
      if (!known && await exportsOf(unit.tx, tenantId).select('id').where('state', 'in', ['COLLECTING', 'ASSEMBLING']).executeTakeFirst()) {
        throw new Refusal('TenantExportRunning', ErrorCode.LIMIT_REACHED, 'An export is being written already: wait for it.');
      }
      const row = known ?? await db(unit.tx).insertInto('TenantExport').values({
        tenantId, id: newId(), state: 'COLLECTING', requestedBy, idempotencyKey, requestedAt: unit.now, parts: '{}', failedParts: '{}', dueAt: after(unit.now, UNANSWERED_MS),
      } as never).returningAll().executeTakeFirstOrThrow();
      if (!known) orderParts(unit, row);
      audit.draft = { ...audit.draft, resource: { type: 'TenantExport', id: row.id }, ...(known ? { after: { repeated: true } } : {}) };
      return row;
    });
  }

  async get(context: OperationContext, id: string): Promise<TenantExportRow | null> {
    return (await exportsOf(await context.read(), context.tenantId).selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
  }

  /** Newest first: ids grow with time. @throws BAD_USER_INPUT */
  async page(context: OperationContext, { first, after: cursorText }: PageArgs): Promise<Page<TenantExportRow>> {
    const size = pageSize(first);
    const cursor = decodeCursor(cursorText, [(value) => typeof value === 'string' && isUuid(value)]);
    let query = exportsOf(await context.read(), context.tenantId).selectAll().orderBy('id', 'desc').limit(size + 1);
    if (cursor) query = query.where('id', '<', String(cursor[0]));
    return pageOf(await query.execute(), size, cursorText, ({ id }) => encodeCursor([id]));
  }

  /** Keeps the answer of a subgraph. Files that nobody waits for (any more) are deleted, whether the tenant is still there or not. @returns false when it changed nothing */
  async note(answer: ExportPartAnswer & { subgraph: string }): Promise<boolean> {
    const { tenantId, exportId, subgraph, attempt } = answer;
    const outcome = await runUnit(this.deps.unit, tenantScope(tenantId), originOf(tenantId, exportId), (unit) => this.#noted(unit, answer));
    if (outcome === 'UNWANTED') await this.storage.removeAll(tenantExportFiles({ tenantId, exportId }, subgraph, attempt));
    return outcome === 'NOTED';
  }

  async #noted(unit: UnitOfWork, { tenantId, exportId, subgraph, attempt, part, failure }: ExportPartAnswer & { subgraph: string }): Promise<'NOTED' | 'KNOWN' | 'UNWANTED'> {
    const row = await exportsOf(unit.tx, tenantId).selectAll().where('id', '=', exportId).forUpdate().executeTakeFirst();
    // An export that has ended needs no part, not even the one it was made of: what a late repetition has written goes.
    if (!row || (row.state !== 'COLLECTING' && row.state !== 'ASSEMBLING')) return 'UNWANTED';
    const known = row.parts[subgraph];
    if (known?.attempt === attempt || row.failedParts[subgraph]?.includes(attempt)) return 'KNOWN';
    if (row.state !== 'COLLECTING' || known) return 'UNWANTED';
    if (part) {
      const parts = { ...row.parts, [subgraph]: { attempt, ...part } };
      const rowCount = Object.values(parts).reduce((sum, { rows }) => sum + rows, 0);
      const all = ANSWERING.every((name) => Object.hasOwn(parts, name));
      await change(unit.tx, row, { parts: JSON.stringify(parts), rowCount, ...(all ? { state: 'ASSEMBLING', dueAt: unit.now } : {}) });
      return 'NOTED';
    }
    await notePartFailure(unit, row, subgraph, attempt, failure ?? 'INTERNAL');
    return 'NOTED';
  }
}

/** Orders the part once more after a while, or gives the export up. */
export async function notePartFailure(unit: UnitOfWork, row: TenantExportRow, subgraph: string, attempt: number, failure: TenantExportFailure): Promise<void> {
  const failed = [...row.failedParts[subgraph] ?? [], attempt];
  const failedParts = JSON.stringify({ ...row.failedParts, [subgraph]: failed });
  const parts = JSON.stringify(Object.fromEntries(Object.entries(row.parts).filter(([name]) => name !== subgraph)));
  if (failed.length >= PART_ATTEMPTS) await failExport(unit, row, failure, { failedParts });
  else await change(unit.tx, row, { state: 'COLLECTING', parts, failedParts, attempt: Math.max(row.attempt, attempt + 1), dueAt: after(unit.now, AGAIN_MS * 4 ** (failed.length - 1)) });
}

/** What it has written is deleted by the run that is due at once. */
export async function failExport(unit: UnitOfWork, row: TenantExportRow, failure: TenantExportFailure, changes: Record<string, unknown> = {}): Promise<void> {
  await change(unit.tx, row, { ...changes, state: 'FAILED', failure, dueAt: unit.now });
  unit.audit({
    action: 'tenant.export_ready', type: 'DATA_READ', outcome: 'FAILURE', severity: 'ERROR', reason: failure, resource: { type: 'TenantExport', id: row.id },
  });
}

/** Tells those whose part is missing. */
export function orderParts(unit: UnitOfWork, { tenantId, id, attempt, parts }: TenantExportRow): void {
  unit.emit(TenantExportOrdered, { tenantId, exportId: id, attempt, subgraphs: ANSWERING.filter((name) => !Object.hasOwn(parts, name)) });
}

export const exportsOf = (tx: Tx, tenantId: string) => db(tx).selectFrom('TenantExport').where('tenantId', '=', tenantId);

/** Under the row's lock. */
const change = (tx: Tx, { tenantId, id }: TenantExportRow, changes: Record<string, unknown>): Promise<unknown> =>
  db(tx).updateTable('TenantExport').set(changes as never).where('tenantId', '=', tenantId).where('id', '=', id).execute();

export const originOf = (tenantId: string, exportId: string) => ({ actor: systemActor(tenantId), correlationId: `tenant-export-${exportId}` });

export const after = (now: Date, milliseconds: number): Date => new Date(now.getTime() + milliseconds);
