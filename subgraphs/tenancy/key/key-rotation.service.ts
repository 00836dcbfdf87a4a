// Rotations that administrators ask for: announced until everybody who seals something has answered.
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { TenantKeyRotationRequested } from '../events.js';
import { db } from '../tables.js';
import { KEY_HOLDERS, type KeyHolder } from './key-rotation.entity.js';
import type { KeyRotationType } from './key-rotation.type.js';

/** What a subgraph answers. */
export interface RotatedKeys {
  tenantId: string;
  rotationId: string;
  subgraph: KeyHolder;
  resealed: number;
  unreadable: number;
}

export class KeyRotationService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  async last(context: OperationContext): Promise<KeyRotationType | null> {
    if (context.actor.tenant === null) return null;
    return lastOf(await context.read(), context.actor.tenant);
  }

  /** @throws Refusal while another one runs */
  request(context: OperationContext, note: string | null): Promise<KeyRotationType> {
    const { tenantId } = context;
    return context.mutate(async (unit, audit) => {
      const id = newId();
      const { now, tx } = unit;
      const begun = await db(tx).insertInto('TenantKeyRotation').values({ tenantId, id, state: 'RUNNING', note, startedAt: now, announcedAt: now, finishedAt: null })
        .onConflict((conflict) => conflict.column('tenantId').where('state', '=', 'RUNNING').doNothing()).returning('id').executeTakeFirst();
      if (!begun) throw new Refusal('TenantKeyRotationRunning', ErrorCode.WRONG_STATE, 'The keys are being rotated already: wait until that has ended.');
      await db(tx).insertInto('TenantKeyRotationPart')
        .values(KEY_HOLDERS.map((subgraph) => ({ tenantId, rotationId: id, subgraph, resealed: null, unreadable: null, finishedAt: null }))).execute();
      unit.emit(TenantKeyRotationRequested, { rotationId: id });
      audit.draft = { ...audit.draft, resource: { type: 'TenantKeyRotation', id }, after: { state: 'RUNNING', note: note !== null } };
      const rotation = await lastOf(tx, tenantId);
      if (!rotation) throw new Error('The rotation that was written is not there.');
      return rotation;
    });
  }

  /** Asks again, while somebody has not answered. @returns false when all have */
  announce(tenantId: string, rotationId: string): Promise<boolean> {
    return this.#unit(tenantId, rotationId, async (unit) => {
      const waiting = await db(unit.tx).updateTable('TenantKeyRotation').set({ announcedAt: unit.now })
        .where('tenantId', '=', tenantId).where('id', '=', rotationId).where('state', '=', 'RUNNING').returning('id').executeTakeFirst();
      if (!waiting) return false;
      unit.emit(TenantKeyRotationRequested, { rotationId });
      return true;
    });
  }

  /** A subgraph has done its part. @returns false when that was known */
  confirm({ tenantId, rotationId, subgraph, resealed, unreadable }: RotatedKeys): Promise<boolean> {
    return this.#unit(tenantId, rotationId, async (unit) => {
      // Of two answers at once the second sees what the first did, and ends the rotation if it is the last.
      const rotation = await db(unit.tx).selectFrom('TenantKeyRotation').select('id')
        .where('tenantId', '=', tenantId).where('id', '=', rotationId).where('state', '=', 'RUNNING').forUpdate().executeTakeFirst();
      if (!rotation) return false;
      const part = await db(unit.tx).updateTable('TenantKeyRotationPart').set({ resealed, unreadable, finishedAt: unit.now })
        .where('tenantId', '=', tenantId).where('rotationId', '=', rotationId).where('subgraph', '=', subgraph).where('finishedAt', 'is', null).returning('subgraph').executeTakeFirst();
      if (!part) return false;
      const parts = await db(unit.tx).selectFrom('TenantKeyRotationPart').select(['resealed', 'unreadable', 'finishedAt'])
        .where('tenantId', '=', tenantId).where('rotationId', '=', rotationId).execute();
      if (parts.some(({ finishedAt }) => finishedAt === null)) return true;
      await db(unit.tx).updateTable('TenantKeyRotation').set({ state: 'FINISHED', finishedAt: unit.now })
        .where('tenantId', '=', tenantId).where('id', '=', rotationId).execute();
      const sum = (of: 'resealed' | 'unreadable'): number => parts.reduce((all, one) => all + (one[of] ?? 0), 0);
      unit.audit({
        action: 'tenant_key.rotated', type: 'SECURITY', outcome: 'SUCCESS', resource: { type: 'TenantKeyRotation', id: rotationId },
        before: { state: 'RUNNING' }, after: { state: 'FINISHED', resealed: sum('resealed'), unreadable: sum('unreadable') },
      });
      return true;
    });
  }

  #unit<T>(tenantId: string, rotationId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `key-rotation-${rotationId}` }, work);
  }
}

async function lastOf(tx: Tx, tenantId: string): Promise<KeyRotationType | null> {
  const rotation = await db(tx).selectFrom('TenantKeyRotation').select(['id', 'state', 'note', 'startedAt', 'finishedAt'])
    .where('tenantId', '=', tenantId).orderBy('id', 'desc').limit(1).executeTakeFirst();
  if (!rotation) return null;
  const parts = await db(tx).selectFrom('TenantKeyRotationPart').select(['subgraph', 'resealed', 'unreadable', 'finishedAt'])
    .where('tenantId', '=', tenantId).where('rotationId', '=', rotation.id).orderBy('subgraph').execute();
  return { ...rotation, parts: parts.map((part) => ({ ...part, state: part.finishedAt === null ? 'RUNNING' as const : 'FINISHED' as const })) };
}
