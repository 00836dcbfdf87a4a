// Of what there is not enough, as those who order are told it.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Wanted } from '../stock/stock.ledger.js';

export async function outOfStock({ tx }: UnitOfWork, short: readonly Wanted[], lines: readonly { variantId: string; sku: string }[], field: readonly string[]): Promise<Refusal> {
  const { rows } = await sql<{ id: string; available: number }>`select variant_id as id, (on_hand - reserved)::int as available
    from commerce.stock where variant_id = any (${short.map(({ variantId }) => variantId)}::uuid[])`.execute(tx.getKysely());
  return new Refusal('OutOfStock', ErrorCode.WRONG_STATE, 'There is not enough of something in stock.', field, { shortages: short.map(({ variantId, quantity }) => ({
    sku: lines.find((line) => line.variantId === variantId)?.sku ?? '', wanted: quantity, available: rows.find(({ id }) => id === variantId)?.available ?? 0,
  })) });
}
