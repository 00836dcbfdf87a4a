// Goods that come back with a refund: what was sold of them to an order is on the shelf again, once.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { restock } from './stock.ledger.js';

/** What was not sold from stock, or has come back already with the whole order, is left alone. */
export async function takeBack(unit: UnitOfWork, { tenantId, orderId, refundId, actorId }: { tenantId: string; orderId: string; refundId: string; actorId: string | null }): Promise<void> {
  const { rows } = await sql<{ variantId: string; quantity: number }>`
    with wanted as (select o.variant_id, sum(l.quantity) as quantity from commerce.payment_refund_line l join commerce.order_line o on o.tenant_id = l.tenant_id and o.id = l.order_line_id
      where l.refund_id = ${refundId}::uuid and l.restock group by o.variant_id)
    update commerce.stock_reservation r set quantity = case when r.quantity > w.quantity then r.quantity - w.quantity else r.quantity end, state = case when r.quantity > w.quantity then r.state else 'RETURNED' end
    from wanted w where r.order_id = ${orderId}::uuid and r.variant_id = w.variant_id and r.state = 'SOLD' and r.quantity >= w.quantity returning r.variant_id as "variantId", w.quantity::int as quantity`.execute(unit.tx.getKysely());
  await restock(unit, { tenantId, orderId, actorId, back: rows });
}
