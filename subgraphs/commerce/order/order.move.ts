// An order that goes from one state to another: its goods, its voucher and its customer's value with it, and a step written down.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { settle } from '../stock/stock.ledger.js';
import { giveVoucherBack } from '../voucher/voucher.service.js';
import { OrderChanged, OrderMoved } from './order.events.js';
import { stockEnd, type OrderState } from './order.states.js';

export interface HeldOrder {
  id: string;
  customerId: string;
  fulfillmentStatus: OrderState;
  fulfillment: string | null;
  currency: string;
  totalMinor: string;
  voucherId: string | null;
}

const GIVES_BACK: readonly OrderState[] = ['CANCELED', 'REJECTED', 'EXPIRED'];

/** Of an order that is held, to a state it may go to. @param actorId null: the clock */
export async function moveOrder(unit: UnitOfWork, tenantId: string, order: HeldOrder, { to, reason, actorId }: { to: OrderState; reason: string | null; actorId: string | null }): Promise<void> {
  const db = unit.tx.getKysely();
  const { id, customerId, fulfillmentStatus: from, currency, totalMinor, voucherId } = order;
  const { rows: [moved] } = await sql<{ number: number }>`update commerce.sales_order set fulfillment_status = ${to}, expires_at = null where id = ${id}::uuid returning number`.execute(db);
  if (!moved) throw new Error('The order that was to move is not there.');
  await sql`insert into commerce.order_event (tenant_id, order_id, seq, from_status, to_status, reason, actor_id, created_at)
    select ${tenantId}::uuid, ${id}::uuid, coalesce(max(seq), 0) + 1, ${from}, ${to}, ${reason}::text, ${actorId}::uuid, ${unit.now} from commerce.order_event where order_id = ${id}::uuid`.execute(db);
  unit.emit(OrderChanged, { orderId: id }, { streamId: id });
  unit.emit(OrderMoved, { orderId: id, number: moved.number, from, to, movedAt: unit.now.toISOString() }, { streamId: id });
  const end = stockEnd(from, to);
  if (end !== null) await settle(unit, { tenantId, orderId: id, actorId, end });
  // What was paid for before it was accepted is sold already.
  if (end === 'RELEASED') await settle(unit, { tenantId, orderId: id, actorId, end: 'RETURNED' });
  if (voucherId !== null && GIVES_BACK.includes(to)) await giveVoucherBack(unit, tenantId, { voucherId, customerId });
  if (to === 'COMPLETED') await addValue(unit, tenantId, { customerId, currency, totalMinor });
}

/** What customers have bought and got is kept, so that nobody counts it. */
export async function addValue({ tx }: UnitOfWork, tenantId: string, { customerId, currency, totalMinor }: { customerId: string; currency: string; totalMinor: string }): Promise<void> {
  await sql`insert into commerce.customer_value as v (tenant_id, customer_id, currency, orders, minor) values (${tenantId}::uuid, ${customerId}::uuid, ${currency}, 1, ${totalMinor}::bigint)
    on conflict (tenant_id, customer_id, currency) do update set orders = v.orders + 1, minor = v.minor + excluded.minor`.execute(tx.getKysely());
}
