// Requests that must happen once: the first of a key does it, an equal one later is answered with the same, another one is refused.
import { createHash } from 'node:crypto';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';

export interface Asked {
  idempotencyKey: string;
  /** Which operation it is, and everything it was asked for. */
  said: readonly unknown[];
  /** What it will be answered with. */
  resultId: string;
}

/** Who asks: a person, or a key. */
export const actorId = ({ actor, tenantId }: OperationContext): string => actor.sub ?? actor.apiKey ?? tenantId;

/**
 * Takes the key, or finds what it was taken for: one at the same moment waits here for the other's commit.
 * @returns the result of an equal earlier request; null: this is the first @throws Refusal InputInvalid when it was used for something else
 */
export async function claim(unit: UnitOfWork, context: OperationContext, { idempotencyKey, said, resultId }: Asked): Promise<string | null> {
  const requestHash = createHash('sha256').update(JSON.stringify(said)).digest('hex');
  const by = actorId(context);
  const taken = await db(unit.tx).insertInto('Request')
    .values({ tenantId: context.tenantId, actorId: by, idempotencyKey, requestHash, resultId, createdAt: unit.now })
    .onConflict((conflict) => conflict.columns(['tenantId', 'actorId', 'idempotencyKey']).doNothing()).returning('resultId').executeTakeFirst();
  if (taken) return null;
  const known = await db(unit.tx).selectFrom('Request').select(['requestHash', 'resultId'])
    .where('actorId', '=', by).where('idempotencyKey', '=', idempotencyKey).executeTakeFirst();
  // Its day was over that very moment.
  if (!known) return claim(unit, context, { idempotencyKey, said, resultId });
  if (known.requestHash === requestHash) return known.resultId;
  throw new Refusal('InputInvalid', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before for something else.', ['input', 'idempotencyKey']);
}
