// The moves of stock: each changes what there is or what is promised by one conditional UPDATE, and writes itself down in the same statement.
import { sql, type RawBuilder } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

export type MovementKind = 'ADJUSTED' | 'RESERVED' | 'RELEASED' | 'SOLD' | 'RETURNED';

interface Move {
  variantId: string;
  onHand: number;
  reserved: number;
}

interface Moving {
  tenantId: string;
  kind: MovementKind;
  orderId: string | null;
  actorId: string | null;
  reason?: string | null;
}

/** Whoever moves several holds them in the order of their ids: two of them wait for each other, and never in a circle. */
export async function hold({ tx }: UnitOfWork, variantIds: readonly string[]): Promise<void> {
  if (variantIds.length < 2) return;
  await sql`select from commerce.stock where variant_id = any (${[...variantIds]}::uuid[]) order by variant_id for update`.execute(tx.getKysely());
}

/** @param allowed of the row `s` as it is at that moment, and the move `w` @returns those that were moved */
export async function move({ tx, now }: UnitOfWork, { tenantId, kind, orderId, actorId, reason = null }: Moving, moves: readonly Move[], allowed: RawBuilder<unknown>): Promise<Set<string>> {
  const wanted = JSON.stringify(moves.map((one) => ({ ...one, id: newId() })));
  const { rows } = await sql<{ id: string }>`
    with wanted as (select w.* from jsonb_to_recordset(${wanted}::jsonb) w(id uuid, "variantId" uuid, "onHand" bigint, reserved bigint)),
    moved as (update commerce.stock s set on_hand = s.on_hand + w."onHand", reserved = s.reserved + w.reserved,
        sold_short = least(s.sold_short, greatest(0, s.reserved + w.reserved - s.on_hand - w."onHand")) from wanted w
      where s.tenant_id = ${tenantId}::uuid and s.variant_id = w."variantId" and ${allowed} returning s.variant_id)
    insert into commerce.stock_movement (tenant_id, id, variant_id, kind, on_hand_change, reserved_change, order_id, actor_id, reason, created_at)
    select ${tenantId}::uuid, w.id, w."variantId", ${kind}, w."onHand", w.reserved, ${orderId}::uuid, ${actorId}::uuid, ${reason}::text, ${now}
    from wanted w join moved m on m.variant_id = w."variantId" returning variant_id as id`.execute(tx.getKysely());
  return new Set(rows.map(({ id }) => id));
}

/** @returns false when there is less than is promised after it, or more than can be counted */
export async function adjust(unit: UnitOfWork, { tenantId, variantId, change, actorId, reason }: { tenantId: string; variantId: string; change: number; actorId: string; reason: string | null }): Promise<boolean> {
  await sql`insert into commerce.stock (tenant_id, variant_id, on_hand, reserved) values (${tenantId}::uuid, ${variantId}::uuid, 0, 0) on conflict do nothing`.execute(unit.tx.getKysely());
  const moved = await move(unit, { tenantId, kind: 'ADJUSTED', orderId: null, actorId, reason }, [{ variantId, onHand: change, reserved: 0 }],
    // Of what was sold although it was promised, what comes back in part is still fewer than are promised.
    sql`s.on_hand + w."onHand" <= 1000000000 and (w."onHand" > 0 or s.on_hand + w."onHand" >= s.reserved)`);
  return moved.size === 1;
}

export interface Wanted { variantId: string; quantity: number }

/** Promises to an order what there is of what it wants. @returns those of which there was not enough, which are as they were */
export async function reserve(unit: UnitOfWork, { tenantId, orderId, actorId, wanted }: { tenantId: string; orderId: string; actorId: string; wanted: readonly Wanted[] }): Promise<Wanted[]> {
  if (wanted.length === 0) return [];
  await hold(unit, wanted.map(({ variantId }) => variantId));
  const moved = await move(unit, { tenantId, kind: 'RESERVED', orderId, actorId }, wanted.map(({ variantId, quantity }) => ({ variantId, onHand: 0, reserved: quantity })),
    sql`s.on_hand - s.reserved >= w.reserved`);
  return wanted.filter(({ variantId }) => !moved.has(variantId));
}

/** What was promised, for as long as it is not accepted. */
export async function noteReservations({ tx }: UnitOfWork, { tenantId, orderId, wanted, expiresAt }: { tenantId: string; orderId: string; wanted: readonly Wanted[]; expiresAt: Date }): Promise<void> {
  if (wanted.length === 0) return;
  await sql`insert into commerce.stock_reservation (tenant_id, order_id, variant_id, quantity, state, expires_at)
    select ${tenantId}::uuid, ${orderId}::uuid, w."variantId", w.quantity, 'HELD', ${expiresAt}
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) w("variantId" uuid, quantity bigint)`.execute(tx.getKysely());
}

/** From which state of a reservation each end leads, and what it moves of each. */
const ENDS = {
  SOLD: { from: 'HELD', onHand: -1, reserved: -1 },
  RELEASED: { from: 'HELD', onHand: 0, reserved: -1 },
  RETURNED: { from: 'SOLD', onHand: 1, reserved: 0 },
} as const;

/** Ends what was promised to an order: sold, given free, or taken back. What is not in the state it leads from is left alone. */
export async function settle(unit: UnitOfWork, { tenantId, orderId, actorId, end }: { tenantId: string; orderId: string; actorId: string | null; end: keyof typeof ENDS }): Promise<void> {
  const { from, onHand, reserved } = ENDS[end];
  const { rows } = await sql<{ variantId: string; quantity: string }>`update commerce.stock_reservation set state = ${end}
    where order_id = ${orderId}::uuid and state = ${from} returning variant_id as "variantId", quantity`.execute(unit.tx.getKysely());
  if (rows.length === 0) return;
  await hold(unit, rows.map(({ variantId }) => variantId));
  const moved = await move(unit, { tenantId, kind: end, orderId, actorId }, rows.map(({ variantId, quantity }) => ({ variantId, onHand: onHand * Number(quantity), reserved: reserved * Number(quantity) })), sql`true`);
  if (moved.size < rows.length) throw new Error('What was promised to an order is not in stock.');
}

/** A part of what was sold to an order is there again. */
export async function restock(unit: UnitOfWork, { tenantId, orderId, actorId, back }: { tenantId: string; orderId: string; actorId: string | null; back: readonly Wanted[] }): Promise<void> {
  if (back.length === 0) return;
  await hold(unit, back.map(({ variantId }) => variantId));
  const moved = await move(unit, { tenantId, kind: 'RETURNED', orderId, actorId }, back.map(({ variantId, quantity }) => ({ variantId, onHand: quantity, reserved: 0 })), sql`true`);
  if (moved.size < back.length) throw new Error('What was sold to an order was never in stock.');
}
