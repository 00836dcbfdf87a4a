// Staff move an order on, as the table of states allows.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { textOf } from '../given.js';
import { actorId } from '../request/request.js';
import { moveOrder, type HeldOrder } from './order.move.js';
import { allowedFrom, type OrderState } from './order.states.js';

/** Where it is already changes nothing. @throws Refusal OrderNotFound, OrderStateWrong, InputInvalid */
export function transitOrder(context: OperationContext, id: string, { to, reason }: { to: OrderState; reason?: string | null }): Promise<void> {
  const { tenantId } = context;
  const why = textOf(reason, ['input', 'reason'], 500);
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Order', id } };
    const { rows: [order] } = await sql<HeldOrder>`select id, customer_id as "customerId", fulfillment_status as "fulfillmentStatus", fulfillment, currency, total_minor as "totalMinor", voucher_id as "voucherId"
      from commerce.sales_order where id = ${id}::uuid for update`.execute(unit.tx.getKysely());
    if (!order) throw new Refusal('OrderNotFound', ErrorCode.NOT_FOUND, 'There is no such order in your tenant.', ['input', 'orderId']);
    const { fulfillmentStatus: from } = order;
    audit.draft = { ...audit.draft, before: { fulfillmentStatus: from }, after: { fulfillmentStatus: to } };
    if (from === to) return;
    const allowed = allowedFrom(from, order.fulfillment);
    if (!allowed.includes(to)) {
      throw new Refusal('OrderStateWrong', ErrorCode.WRONG_STATE, `The order is ${from.toLowerCase()}: it does not go there from where it is.`, ['input', 'to'], { allowedTransitions: allowed });
    }
    await moveOrder(unit, tenantId, order, { to, reason: why, actorId: actorId(context) });
  });
}
