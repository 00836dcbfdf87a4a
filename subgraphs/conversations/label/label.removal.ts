// Takes a label that was deleted off the conversations that bear it, batch by batch, and tells their feeds. The label's row goes last.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { tellOf } from '../conversation/conversation.change.js';
import type { LabelCrashPoint } from './label.crash.js';

/** A change: row locks of this many conversations at a time. */
const BATCH = 100;

interface Batch {
  removed: number;
  /** The last conversation that was looked at; null: there was none after it. */
  last: string | null;
}

export class LabelRemoval {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly crash: CrashPoint<LabelCrashPoint>) {}

  /** Goes on with what is left, however often it is told; does nothing to a label that is in use. @returns how many conversations bore it */
  async remove(tenantId: string, labelId: string): Promise<number> {
    this.crash('label:deleted');
    let removed = 0;
    // Nobody puts it on anything any more: what was passed is done.
    let after: string | null = null;
    do {
      const batch: Batch = await this.#batch(tenantId, labelId, after);
      removed += batch.removed;
      after = batch.last;
      this.crash('label:batch');
    } while (after !== null);
    return removed;
  }

  #batch(tenantId: string, labelId: string, after: string | null): Promise<Batch> {
    const origin = { actor: systemActor(tenantId), correlationId: `label-${labelId}` };
    return runUnit(this.unit, tenantScope(tenantId), origin, async (unit) => {
      const bearing = await bearingOf(unit, labelId, after);
      const held = await hold(unit, bearing);
      const gone = await takeOff(unit, labelId, bearing);
      // Whoever took it off meanwhile has told of it.
      for (const conversation of held) if (gone.has(conversation.id)) tellOf(unit, conversation);
      const last = bearing.length === BATCH ? bearing.at(-1) ?? null : null;
      if (last === null) await sql`delete from conversations.label where id = ${labelId}::uuid and deleted_at is not null`.execute(unit.tx.getKysely());
      return { removed: gone.size, last };
    });
  }
}

async function bearingOf({ tx }: UnitOfWork, labelId: string, after: string | null): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select b.conversation_id as id from conversations.conversation_label b
    join conversations.label l on l.tenant_id = b.tenant_id and l.id = b.label_id and l.deleted_at is not null
    where b.label_id = ${labelId}::uuid ${after === null ? sql`` : sql`and b.conversation_id > ${after}::uuid`} order by b.conversation_id limit ${BATCH}`.execute(tx.getKysely());
  return rows.map(({ id }) => id);
}

/** In one order, as whoever changes several. */
async function hold({ tx }: UnitOfWork, ids: readonly string[]): Promise<{ id: string; inboxId: string }[]> {
  const { rows } = await sql<{ id: string; inboxId: string }>`select id, inbox_id as "inboxId" from conversations.conversation where id = any (${[...ids]}::uuid[]) order by id for update`.execute(tx.getKysely());
  return rows;
}

async function takeOff({ tx }: UnitOfWork, labelId: string, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`delete from conversations.conversation_label where label_id = ${labelId}::uuid and conversation_id = any (${[...ids]}::uuid[])
    returning conversation_id as id`.execute(tx.getKysely());
  return new Set(rows.map(({ id }) => id));
}
