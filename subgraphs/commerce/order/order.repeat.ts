// The same once more: a cart filled with what an order was, at the catalogue of now.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';

interface Known { currency: string; fulfillment: string | null }

/** What is not sold any more is in it all the same, with its `problem`. @returns the cart @throws Refusal OrderNotFound, InputInvalid when nothing was placed here */
export function repeatOrder(context: OperationContext, orderId: string): Promise<string> {
  return context.mutate(async (unit, audit) => {
    const db = unit.tx.getKysely();
    const cartId = newId();
    audit.draft = { ...audit.draft, resource: { type: 'Cart', id: cartId } };
    const { rows: [order] } = await sql<Known>`select currency, fulfillment from commerce.sales_order where id = ${orderId}::uuid`.execute(db);
    if (!order) throw new Refusal('OrderNotFound', ErrorCode.NOT_FOUND, 'There is no such order in your tenant.', ['input', 'orderId']);
    const { rows: lines } = await sql<{ id: string }>`select id from commerce.order_line where order_id = ${orderId}::uuid order by id`.execute(db);
    if (order.fulfillment === null || lines.length === 0) throw invalidInput('The order was recorded and not placed here: nobody knows what was in it.', ['input', 'orderId']);
    await sql`insert into commerce.cart (tenant_id, id, customer_id, currency, fulfillment, address, note, tip_minor, version, size, created_at, updated_at)
      select tenant_id, ${cartId}::uuid, customer_id, currency, fulfillment, address, note, 0, 1, ${lines.length}, ${unit.now}, ${unit.now} from commerce.sales_order where id = ${orderId}::uuid`.execute(db);
    const ids = JSON.stringify(lines.map(({ id }) => ({ from: id, id: newId() })));
    await sql`insert into commerce.cart_line (tenant_id, id, cart_id, variant_id, quantity, choice_ids, note)
      select l.tenant_id, made.id, ${cartId}::uuid, l.variant_id, l.quantity, array(select (c->>'id')::uuid from jsonb_array_elements(l.choices) c), l.note
      from commerce.order_line l join jsonb_to_recordset(${ids}::jsonb) made("from" uuid, id uuid) on made."from" = l.id`.execute(db);
    audit.draft = { ...audit.draft, after: { currency: order.currency, fulfillment: order.fulfillment, order: encodeId('ord', orderId) } };
    return cartId;
  });
}
