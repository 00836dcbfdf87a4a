// Stock: read, counted, and the history of its moves.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { isUuid, newId } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { Tx } from '../../kernel/data/database.js';
import { keyOf, textOf, wholeOf } from '../given.js';
import { noVariant } from '../product/product.service.js';
import { actorId, claim } from '../request/request.js';
import { db } from '../tables.js';
import { adjust } from './stock.ledger.js';
import type { StockAdjustInput } from './stock.type.js';

const MOST_CHANGE = 1_000_000;

export interface StockRow { variantId: string; onHand: number; reserved: number; available: number }
export interface MovementRow { id: string; kind: string; onHandChange: number; reservedChange: number; reason: string | null; createdAt: Date }

const read = async (tx: Tx, variantIds: readonly string[]): Promise<StockRow[]> => (await sql<StockRow>`
  select variant_id as "variantId", on_hand::int as "onHand", reserved::int as reserved, (on_hand - reserved)::int as available
  from commerce.stock where variant_id = any (${[...variantIds]}::uuid[])`.execute(tx.getKysely())).rows;

export const stockOf = defineLoader<OperationContext, string, StockRow>({
  name: 'stock.ofVariant', keyOf: (key) => key,
  batch: async (context, ids) => new Map((await read(await context.read(), ids)).map((row) => [row.variantId, row])),
});

export class StockService {
  /** Newest first. @throws BAD_USER_INPUT */
  async movements(context: OperationContext, variantId: string, { first, after }: { first?: number | null; after?: string | null }): Promise<Page<MovementRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
    const { rows } = await sql<MovementRow>`select id, kind, on_hand_change::int as "onHandChange", reserved_change::int as "reservedChange", reason, created_at as "createdAt"
      from commerce.stock_movement where tenant_id = ${context.tenantId}::uuid and variant_id = ${variantId}::uuid ${beyond === undefined ? sql`` : sql`and id < ${beyond}::uuid`}
      order by id desc limit ${size + 1}`.execute((await context.read()).getKysely());
    return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
  }

  /** Once a key. @throws Refusal InputInvalid, VariantNotFound, StockOutOfBounds */
  adjust(context: OperationContext, variantId: string, input: StockAdjustInput): Promise<void> {
    const { tenantId } = context;
    const idempotencyKey = keyOf(input.idempotencyKey);
    const change = wholeOf(input.change, ['input', 'change'], -MOST_CHANGE, MOST_CHANGE);
    if (change === 0) throw invalidInput('Nothing would change.', ['input', 'change']);
    const reason = textOf(input.reason, ['input', 'reason'], 200);
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Variant', id: variantId } };
      const earlier = await claim(unit, context, { idempotencyKey, said: ['stockAdjust', variantId, change, reason], resultId: newId() });
      if (earlier !== null) {
        audit.draft = { ...audit.draft, after: { repeated: true } };
        return;
      }
      const variant = await db(unit.tx).selectFrom('Variant').select('id').where('id', '=', variantId).forKeyShare().executeTakeFirst();
      if (!variant) throw noVariant();
      const moved = await adjust(unit, { tenantId, variantId, change, actorId: actorId(context), reason });
      const [now] = await read(unit.tx, [variantId]);
      if (!moved) {
        throw new Refusal('StockOutOfBounds', ErrorCode.WRONG_STATE, 'There would be fewer than are promised to orders, or more than can be counted.', ['input', 'change'],
          { onHand: now?.onHand ?? 0, reserved: now?.reserved ?? 0 });
      }
      audit.draft = { ...audit.draft, before: { onHand: (now?.onHand ?? 0) - change }, after: { onHand: now?.onHand ?? 0, reserved: now?.reserved ?? 0 } };
    });
  }
}
