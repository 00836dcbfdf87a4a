// Goods that left the house without asking: taken from what there is, also from what is promised.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Wanted } from './stock.ledger.js';

/**
 * Sold already: nobody asks whether there are enough. Where fewer are left than are promised, `sold_short` says by how many, and nothing more is promised until
 * somebody counts, receives or takes back so many. What is taken back of the order later is found by its reservation, which says SOLD.
 */
export async function takeSold({ tx, now }: UnitOfWork, { tenantId, orderId, actorId, taken }: { tenantId: string; orderId: string; actorId: string; taken: readonly Wanted[] }): Promise<void> {
  if (taken.length === 0) return;
  const db = tx.getKysely();
  const wanted = JSON.stringify(taken.map((one) => ({ ...one, id: newId() })));
  const rows = sql`jsonb_to_recordset(${wanted}::jsonb) w(id uuid, "variantId" uuid, quantity bigint)`;
  // In the order of their ids, as whoever moves several.
  await sql`insert into commerce.stock (tenant_id, variant_id, on_hand, reserved) select ${tenantId}::uuid, w."variantId", 0, 0 from ${rows} order by w."variantId" on conflict do nothing`.execute(db);
  await sql`select from commerce.stock where variant_id = any (${taken.map(({ variantId }) => variantId)}::uuid[]) order by variant_id for update`.execute(db);
  await sql`with moved as (
      update commerce.stock s set on_hand = s.on_hand - w.quantity, sold_short = greatest(0, s.reserved - s.on_hand + w.quantity) from ${rows}
      where s.tenant_id = ${tenantId}::uuid and s.variant_id = w."variantId"),
    noted as (
      insert into commerce.stock_reservation (tenant_id, order_id, variant_id, quantity, state, expires_at) select ${tenantId}::uuid, ${orderId}::uuid, w."variantId", w.quantity, 'SOLD', ${now} from ${rows})
    insert into commerce.stock_movement (tenant_id, id, variant_id, kind, on_hand_change, reserved_change, order_id, actor_id, created_at)
    select ${tenantId}::uuid, w.id, w."variantId", 'SOLD', -w.quantity, 0, ${orderId}::uuid, ${actorId}::uuid, ${now} from ${rows}`.execute(db);
}
