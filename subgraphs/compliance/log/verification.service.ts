// Runs that verify a stream: asked for by a mutation, moved on by a job batch by batch, so that a kill costs one batch.
import type { Selectable } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { AuditDraft } from '../../kernel/messaging/audit.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db, type ComplianceTables } from '../tables.js';
import type { Finding } from './log.entity.js';
import { keyChain, openCheckpoint } from './key-chain.js';
import { publicKeys } from './log-key.service.js';
import { enterStream, streamFor } from './log.scope.js';
import { askIn } from './proof.js';
import { originOf, tenantOf } from './stream.js';
import { GrowingTree } from './tile.js';
import { LogFacts } from './verify.facts.js';
import { verifyBatch, verifyEnd, type Progress } from './verify.js';

export type VerificationRow = Selectable<ComplianceTables['AuditVerification']>;

/** A job moves its run on far more often; one that has not for this long is taken up again. */
const DUE_MS = 10_000;
const MAX_NOTE = 4_000;
/** After so many tries of one batch a run ends: somebody waits for an answer. */
const MAX_ATTEMPTS = 8;

const later = (now: Date): Date => new Date(now.getTime() + DUE_MS);

export class VerificationService {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Starts a run over the actor's stream as it is now. @throws Refusal while another one runs */
  request(ctx: OperationContext, keptNote: string | null): Promise<VerificationRow> {
    const stream = streamFor(ctx);
    if (keptNote !== null && (keptNote.length > MAX_NOTE || keptNote.includes('\0'))) {
      throw invalidInput(`checkpoint must be a signed note of at most ${MAX_NOTE} characters.`, ['input', 'checkpoint']);
    }
    return ctx.mutate(async (unit, audit) => {
      await enterStream(unit.tx, stream);
      if (keptNote !== null && !openCheckpoint(keyChain(await publicKeys(unit.tx)), keptNote, originOf(stream))) {
        throw invalidInput('checkpoint is not a checkpoint of this log, signed by one of its keys.', ['input', 'checkpoint']);
      }
      const known = await db(unit.tx).selectFrom('LogStream').select('size').where('tenantId', '=', stream).executeTakeFirst();
      const row = await db(unit.tx).insertInto('AuditVerification').values({
        tenantId: stream, id: newId(), state: 'RUNNING', total: known?.size ?? '0', checked: '0', attempts: 0, keptNote, head: null, edge: '[]', finding: null,
        requestedAt: unit.now, dueAt: unit.now, finishedAt: null,
      } as never).onConflict((on) => on.doNothing()).returningAll().executeTakeFirst();
      if (!row) throw new Refusal('AuditVerificationRunning', ErrorCode.WRONG_STATE, 'The log is being verified already: wait until that run has ended.');
      audit.draft.resource = { type: 'AuditVerification', id: row.id };
      return row;
    });
  }

  async get(ctx: OperationContext, id: string): Promise<VerificationRow | null> {
    const stream = streamFor(ctx);
    const tx = await ctx.read();
    await enterStream(tx, stream);
    return (await db(tx).selectFrom('AuditVerification').selectAll().where('tenantId', '=', stream).where('id', '=', id).executeTakeFirst()) ?? null;
  }

  /**
   * Moves a run on until it has ended, or somebody else moves it. @returns whether it has ended here
   * @throws what keeps it from going on, until it has done so too often
   */
  async run(stream: string, id: string): Promise<boolean> {
    try {
      return await this.#run(stream, id);
    } catch (error) {
      const given = await this.#failed(stream, id).catch((failure: unknown) => { throw new AggregateError([error, failure], (error as Error).message); });
      if (!given) throw error;
      this.deps.logger.error({ err: error, stream: originOf(stream), verification: id }, 'a verification of the audit log was given up');
      return true;
    }
  }

  async #run(stream: string, id: string): Promise<boolean> {
    for (;;) {
      const row = await this.deps.database.inScope(tenantScope(stream), async (tx) => (
        await db(tx).selectFrom('AuditVerification').selectAll().where('tenantId', '=', stream).where('id', '=', id).executeTakeFirst()), { readOnly: true });
      if (row?.state !== 'RUNNING') return false;
      const progress = progressOf(row);
      const { finding, ended } = await this.deps.database.inScope(tenantScope(stream), (tx) => this.#look(tx, row, progress), { readOnly: true });
      if (!(await this.#move(row, progress, finding, ended))) return false;
      if (ended) return true;
    }
  }

  async #look(tx: Tx, { tenantId, keptNote, ...row }: VerificationRow, progress: Progress): Promise<{ finding: Finding | null; ended: boolean }> {
    const total = Number(row.total);
    const facts = new LogFacts(tenantId, await publicKeys(tx), askIn(tx));
    const found = progress.checked < total ? await verifyBatch(facts, progress, total) : null;
    if (found) return { finding: found, ended: true };
    if (progress.checked < total) return { finding: null, ended: false };
    return { finding: await verifyEnd(facts, total, keptNote), ended: true };
  }

  /** Counts a try that broke off. @returns whether it was the last one */
  #failed(stream: string, id: string): Promise<boolean> {
    return this.#inRun(stream, id, async (unit) => {
      const row = await db(unit.tx).updateTable('AuditVerification').set((eb) => ({ attempts: eb('attempts', '+', 1), dueAt: later(unit.now) }) as never)
        .where('tenantId', '=', stream).where('id', '=', id).where('state', '=', 'RUNNING').returning(['attempts', 'checked']).executeTakeFirst();
      if (!row || row.attempts < MAX_ATTEMPTS) return false;
      const finding: Finding = { kind: 'UNREADABLE', position: Number(row.checked), eventId: null, message: `The log could not be read from here on, ${MAX_ATTEMPTS} times.` };
      await db(unit.tx).updateTable('AuditVerification').set({ state: 'FAILED', finding: JSON.stringify(finding), finishedAt: unit.now } as never)
        .where('tenantId', '=', stream).where('id', '=', id).execute();
      unit.audit(endedEvent(id, Number(row.checked), finding));
      return true;
    });
  }

  #inRun<T>(stream: string, id: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const tenant = tenantOf(stream);
    const origin = { actor: systemActor(tenant), correlationId: `audit-verification-${id}` };
    return runUnit(this.deps.unit, { tenant, user: null }, origin, async (unit) => {
      await enterStream(unit.tx, stream);
      return work(unit);
    });
  }

  /** False when another job has moved the run in the meantime. */
  #move(row: VerificationRow, { checked, head, tree }: Progress, finding: Finding | null, ended: boolean): Promise<boolean> {
    const { tenantId: stream, id } = row;
    return this.#inRun(stream, id, async (unit) => {
      const edge = tree.edge().map((tile) => ({ ...tile, hashes: tile.hashes.toString('hex') }));
      const moved = await db(unit.tx).updateTable('AuditVerification').set({
        checked, attempts: 0, head, edge: JSON.stringify(edge), dueAt: later(unit.now),
        ...(ended ? { state: finding ? 'FAILED' : 'PASSED', finding: finding && JSON.stringify(finding), finishedAt: unit.now } : {}),
      } as never).where('tenantId', '=', stream).where('id', '=', id).where('state', '=', 'RUNNING').where('checked', '=', row.checked).executeTakeFirst();
      if (moved.numUpdatedRows === 0n) return false;
      if (ended) unit.audit(endedEvent(id, checked, finding));
      return true;
    });
  }
}

const endedEvent = (id: string, checked: number, finding: Finding | null): AuditDraft => ({
  action: 'audit.verify', type: 'COMPLIANCE', outcome: finding ? 'FAILURE' : 'SUCCESS', ...(finding ? { severity: 'CRITICAL' as const, reason: finding.kind } : {}),
  resource: { type: 'AuditVerification', id }, after: { checked, ...(finding ? { position: finding.position } : {}) },
});

function progressOf({ head, edge, ...row }: VerificationRow): Progress {
  const checked = Number(row.checked);
  const tiles = edge.map((tile) => ({ ...tile, hashes: Buffer.from(tile.hashes, 'hex') }));
  return { checked, head: head === null ? null : Buffer.from(head), tree: GrowingTree.at(checked, tiles) };
}
