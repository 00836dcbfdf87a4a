// Drills: asked for by a mutation, run by a job with every subgraph's own login, told in the platform's trail.
import type { Selectable } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { DrillReport } from '../../kernel/data/drill.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { db, type ComplianceTables } from '../tables.js';

export type DrillRow = Selectable<ComplianceTables['IsolationDrill']>;

/** Drills one subgraph, until a time told by `performance.now()`. */
export type DrillProbe = (deadline: number) => Promise<DrillReport>;

const SECONDS = 30;
const MAX_SECONDS = 60;
/** Findings that are kept of one subgraph: more say nothing new. */
const MAX_FINDINGS = 100;
/** Beyond the time a drill is given: what has not ended by then has died with its process. */
const GRACE_MS = 30_000;

export class IsolationService {
  constructor(private readonly deps: SubgraphDeps) {}

  /** @throws Refusal while another one runs */
  request(ctx: OperationContext, seconds: number | null): Promise<DrillRow> {
    const given = seconds ?? SECONDS;
    if (given < 1 || given > MAX_SECONDS) throw invalidInput(`timeoutSeconds must be between 1 and ${MAX_SECONDS}.`, ['input', 'timeoutSeconds']);
    return ctx.mutate(async (unit, audit) => {
      const row = await db(unit.tx).insertInto('IsolationDrill').values({
        id: newId(), state: 'RUNNING', seconds: given, requestedAt: unit.now, dueAt: unit.now, finishedAt: null, report: null,
      } as never).onConflict((on) => on.doNothing()).returningAll().executeTakeFirst();
      if (!row) throw new Refusal('IsolationDrillRunning', ErrorCode.WRONG_STATE, 'A drill is running already: wait until it has ended.');
      audit.draft.resource = { type: 'IsolationDrill', id: row.id };
      audit.draft.after = { seconds: given };
      return row;
    });
  }

  async newest(ctx: OperationContext): Promise<DrillRow | null> {
    return (await db(await ctx.read()).selectFrom('IsolationDrill').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst()) ?? null;
  }

  /** Runs a drill, unless another job does. @returns whether it has ended here */
  async run(id: string, probes: readonly DrillProbe[]): Promise<boolean> {
    const row = await this.#claim(id);
    if (!row) return false;
    const deadline = performance.now() + row.seconds * 1_000;
    const report: DrillReport[] = [];
    // One after the other: a drill must not take the connections of those who work.
    for (const probe of probes) report.push(await probe(deadline));
    return this.#end(row, report);
  }

  #claim(id: string): Promise<DrillRow | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const now = this.deps.clock.now();
      const claimed = await db(tx).updateTable('IsolationDrill').set(({ ref }) => ({ dueAt: new Date(now.getTime() + MAX_SECONDS * 1_000 + GRACE_MS), seconds: ref('seconds') }) as never)
        .where('id', '=', id).where('state', '=', 'RUNNING').where('dueAt', '<=', now).returningAll().executeTakeFirst();
      return claimed ?? null;
    });
  }

  #end({ id }: DrillRow, report: readonly DrillReport[]): Promise<boolean> {
    // Nothing tried is nothing proved.
    const failed = report.length === 0 || report.some(({ findings, attempts }) => findings.length > 0 || attempts === 0);
    const kept = report.map((one) => ({ ...one, findings: one.findings.slice(0, MAX_FINDINGS) }));
    const crossings = report.flatMap(({ findings }) => findings.filter(({ kind }) => kind === 'CROSSING')).length;
    const origin = { actor: systemActor(null), correlationId: `isolation-drill-${id}` };
    return runUnit(this.deps.unit, platformScope, origin, async (unit) => {
      const ended = await db(unit.tx).updateTable('IsolationDrill')
        .set({ state: failed ? 'FAILED' : 'PASSED', report: JSON.stringify(kept), dueAt: null, finishedAt: unit.now } as never)
        .where('id', '=', id).where('state', '=', 'RUNNING').executeTakeFirst();
      if (ended.numUpdatedRows === 0n) return false;
      unit.audit({
        action: 'isolation.drill', type: 'SECURITY', outcome: failed ? 'FAILURE' : 'SUCCESS', ...(failed ? { severity: 'CRITICAL' as const, reason: crossings > 0 ? 'CROSSING' : 'HOLE' } : {}),
        resource: { type: 'IsolationDrill', id },
        after: { tables: sum(report, ({ tables }) => tables), attempts: sum(report, ({ attempts }) => attempts), crossings, findings: sum(report, ({ findings }) => findings.length) },
      });
      return true;
    });
  }
}

const sum = (report: readonly DrillReport[], of: (one: DrillReport) => number): number => report.reduce((total, one) => total + of(one), 0);
