// What a payment is for, and how much of it is due: an order, or the deposit of a reservation.
import { invalidInput } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import { inputId } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { payableDeposit } from '../deposit/deposit.payable.js';
import { amountOf } from '../given.js';
import type { HeldReservation } from '../reservation/reservation.change.js';
import { noOrder, notPayable } from './payment.refusals.js';
import { capturedOf, holdOrder, type PayableOrder } from './payment.rows.js';

const ENDED: readonly string[] = ['CANCELED', 'REJECTED', 'EXPIRED'];

export interface PaidFor {
  id: string;
  column: 'order_id' | 'reservation_id';
  field: readonly string[];
}

/** @throws Refusal InputInvalid unless it is exactly one of the two */
export function paidFor({ orderId, reservationId }: { orderId?: string | null; reservationId?: string | null }): PaidFor {
  const [order, reservation] = [['input', 'orderId'], ['input', 'reservationId']] as const;
  if (typeof orderId === 'string' && typeof reservationId === 'string') throw invalidInput('Name an order or a reservation, not both.', reservation);
  if (typeof orderId === 'string') return { id: inputId('ord', orderId, order), column: 'order_id', field: order };
  if (typeof reservationId === 'string') return { id: inputId('rsv', reservationId, reservation), column: 'reservation_id', field: reservation };
  throw invalidInput('Name the order or the reservation that is paid.', order);
}

/** As the trail tells it. */
export const toldOf = ({ id, column }: PaidFor): Record<string, string> => (column === 'order_id' ? { order: encodeId('ord', id) } : { reservation: encodeId('rsv', id) });

interface Due {
  currency: string;
  due: bigint;
  order: PayableOrder | null;
  reservation: HeldReservation | null;
}

/** What is still due, or the part of it that is given, of what is held from then on. @throws Refusal OrderNotFound, OrderNotPayable, ReservationNotFound, DepositNotDue, InputInvalid */
export async function payable(unit: UnitOfWork, { id, column }: PaidFor, given: { minor: bigint; currency: string } | null | undefined): Promise<Due> {
  const all = column === 'order_id' ? await orderDue(unit, id) : { order: null, ...await payableDeposit(unit, id) };
  if (given && given.currency !== all.currency) throw invalidInput('It is to be paid in another currency.', ['input', 'amount', 'currency']);
  const due = given ? amountOf(given.minor, ['input', 'amount', 'minor'], 1n) : all.due;
  if (due > all.due) throw invalidInput(`At most ${all.due} are due.`, ['input', 'amount', 'minor']);
  return { ...all, due };
}

async function orderDue(unit: UnitOfWork, id: string): Promise<Due> {
  const order = await holdOrder(unit, id);
  if (!order) throw noOrder();
  const due = BigInt(order.totalMinor) - await capturedOf(unit, id);
  if (ENDED.includes(order.fulfillmentStatus) || due <= 0n) throw notPayable(order.fulfillmentStatus, due);
  return { currency: order.currency, due, order, reservation: null };
}
