// Orders that nobody accepted in time: they keep their goods until somebody else wants them, and expire then.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { moveOrder, type HeldOrder } from './order.move.js';

const MOST = 100;

/**
 * Lets those expire that keep some of these variants. Whoever asks holds stock already, and whoever moves an order on holds it before stock:
 * an order that is held by somebody is passed by, so that the two never wait for each other. @returns whether there were any
 */
export async function expireFor(unit: UnitOfWork, tenantId: string, variantIds: readonly string[]): Promise<boolean> {
  const { rows } = await sql<HeldOrder>`select o.id, o.customer_id as "customerId", o.fulfillment_status as "fulfillmentStatus", o.fulfillment, o.currency, o.total_minor as "totalMinor", o.voucher_id as "voucherId"
    from commerce.sales_order o where o.fulfillment_status = 'PLACED' and o.expires_at <= ${unit.now} and o.id in (
      select r.order_id from commerce.stock_reservation r where r.variant_id = any (${[...variantIds]}::uuid[]) and r.state = 'HELD' and r.expires_at <= ${unit.now} order by r.expires_at limit ${MOST})
    order by o.id for update of o skip locked`.execute(unit.tx.getKysely());
  for (const order of rows) {
    await moveOrder(unit, tenantId, order, { to: 'EXPIRED', reason: null, actorId: null });
    unit.audit({
      action: 'order.expire', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Order', id: order.id },
      before: { fulfillmentStatus: order.fulfillmentStatus }, after: { fulfillmentStatus: 'EXPIRED' },
    });
  }
  return rows.length > 0;
}
