// What payments mean for their order: how much of it is paid and given back, as the sum of what moved; and goods that are paid for are sold.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { OrderChanged } from '../order/order.events.js';
import { settle } from '../stock/stock.ledger.js';
import type { PayableOrder } from './payment.rows.js';
import { chargeStatusOf, refundStatusOf } from './payment.states.js';

/** Of an order that is held, in the transaction of what moved. */
export async function tellOrder(unit: UnitOfWork, tenantId: string, order: PayableOrder): Promise<void> {
  const db = unit.tx.getKysely();
  const { rows: [sums] } = await sql<{ captured: string; refunded: string }>`
    select coalesce(sum(e.minor) filter (where e.kind = 'CAPTURED'), 0)::text as captured, coalesce(-sum(e.minor) filter (where e.kind in ('REFUNDED', 'REFUND_FAILED')), 0)::text as refunded
    from commerce.payment p join commerce.payment_event e on e.tenant_id = p.tenant_id and e.payment_id = p.id where p.order_id = ${order.id}::uuid`.execute(db);
  const [captured, refunded, total] = [BigInt(sums?.captured ?? 0), BigInt(sums?.refunded ?? 0), BigInt(order.totalMinor)];
  const [chargeStatus, refundStatus] = [chargeStatusOf(captured, total), refundStatusOf(refunded, captured)];
  if (chargeStatus === order.chargeStatus && refundStatus === order.refundStatus) return;
  const paid = captured >= total;
  // What is paid for is not kept for a while: it is sold. And nothing for which money was taken expires by itself.
  await sql`update commerce.sales_order set charge_status = ${chargeStatus}, refund_status = ${refundStatus}, expires_at = case when ${captured > 0n || paid} then null else expires_at end
    where id = ${order.id}::uuid`.execute(db);
  if (paid) await settle(unit, { tenantId, orderId: order.id, actorId: null, end: 'SOLD' });
  unit.emit(OrderChanged, { orderId: order.id }, { streamId: order.id });
  unit.audit({
    action: 'order.pay', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Order', id: order.id },
    before: { chargeStatus: order.chargeStatus, refundStatus: order.refundStatus }, after: { chargeStatus, refundStatus },
  });
}
