// What an order keeps when it is changed: more of some, less of others, by the difference, all held first in the order of their ids.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { hold, move, type MovementKind, type Wanted } from './stock.ledger.js';

export interface Kept {
  variantId: string;
  quantity: number;
  /** Promised, or sold already because it is paid for. */
  state: 'HELD' | 'SOLD';
}

export interface Shift extends Kept {
  /** Of a positive number more are wanted, of a negative one fewer. */
  change: number;
}

/** How each kind of change moves one piece. */
const WAYS = [
  { state: 'HELD', grows: true, kind: 'RESERVED', onHand: 0, reserved: 1 }, { state: 'SOLD', grows: true, kind: 'SOLD', onHand: -1, reserved: 0 },
  { state: 'HELD', grows: false, kind: 'RELEASED', onHand: 0, reserved: -1 }, { state: 'SOLD', grows: false, kind: 'RETURNED', onHand: 1, reserved: 0 },
] as const satisfies readonly { state: Kept['state']; grows: boolean; kind: MovementKind; onHand: number; reserved: number }[];

interface Of { tenantId: string; orderId: string; actorId: string }

/** What an order keeps of what is counted. */
export async function keptOf({ tx }: UnitOfWork, orderId: string): Promise<Kept[]> {
  const { rows } = await sql<Kept>`select variant_id as "variantId", quantity::int as quantity, state from commerce.stock_reservation
    where order_id = ${orderId}::uuid and state in ('HELD', 'SOLD')`.execute(tx.getKysely());
  return rows;
}

/** @returns those of which there was not enough, by how many more were wanted; they are as they were */
export async function shift(unit: UnitOfWork, { tenantId, orderId, actorId }: Of, shifts: readonly Shift[]): Promise<Wanted[]> {
  await hold(unit, shifts.map(({ variantId }) => variantId));
  const short: Wanted[] = [];
  for (const { state, grows, kind, onHand, reserved } of WAYS) {
    const of = shifts.filter((one) => one.state === state && one.change > 0 === grows);
    if (of.length === 0) continue;
    const moves = of.map(({ variantId, change }) => ({ variantId, onHand: onHand * Math.abs(change), reserved: reserved * Math.abs(change) }));
    // What is given back is given back, also where a till has sold more than there was.
    const enough = grows ? sql`s.on_hand + w."onHand" - s.reserved - w.reserved >= 0` : sql`true`;
    const moved = await move(unit, { tenantId, kind, orderId, actorId }, moves, enough);
    const left = of.filter(({ variantId }) => !moved.has(variantId)).map(({ variantId, change }) => ({ variantId, quantity: change }));
    if (!grows && left.length > 0) throw new Error('What was promised to an order is not in stock.');
    short.push(...left);
  }
  return short;
}

/** Writes down what an order keeps from now on: of nothing it keeps, that it was given free. @param until when; null: for good */
export async function noteKept({ tx }: UnitOfWork, { tenantId, orderId }: Pick<Of, 'tenantId' | 'orderId'>, kept: readonly Shift[], until: Date): Promise<void> {
  if (kept.length === 0) return;
  const rows = kept.map(({ variantId, quantity, change, state }) => ({
    variantId, quantity: quantity + change === 0 ? quantity : quantity + change, state: quantity + change > 0 ? state : state === 'HELD' ? 'RELEASED' : 'RETURNED',
  }));
  await sql`insert into commerce.stock_reservation (tenant_id, order_id, variant_id, quantity, state, expires_at)
    select ${tenantId}::uuid, ${orderId}::uuid, w."variantId", w.quantity, w.state, ${until} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) w("variantId" uuid, quantity bigint, state text)
    on conflict (tenant_id, order_id, variant_id) do update set quantity = excluded.quantity, state = excluded.state, expires_at = excluded.expires_at`.execute(tx.getKysely());
}
