// A deposit that is to be paid: who may pay it, how much is due, and the hold waits while somebody does.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { moneyOf } from '../money/money.type.js';
import { holdRow, RESERVATION, wrongState, type HeldReservation } from '../reservation/reservation.change.js';
import { TAKING } from '../reservation/reservation.states.js';
import { coveredOf } from './deposit.covered.js';
import { depositOf, type DepositRule } from './deposit.rule.js';

const MINUTE_MS = 60_000;
/** For how long a table waits for its deposit, from the hold, and from each payment that is begun. */
export const DEPOSIT_HOLD_MS = 15 * MINUTE_MS;
/** Who never pays does not keep a table longer than this. */
const LONGEST_MINUTES = 45;

const depositNotDue = (message: string): Refusal => new Refusal('DepositNotDue', ErrorCode.WRONG_STATE, message, RESERVATION);

export const depositRequired = (minor: bigint, currency: string, field: readonly string[] = RESERVATION): Refusal =>
  new Refusal('DepositRequired', ErrorCode.WRONG_STATE, 'The deposit comes first: pay it with paymentCreate or paymentRecord.', field, { due: moneyOf(String(minor), currency) });

/** Holds the reservation. @throws Refusal ReservationNotFound, ReservationWrongState, DepositNotDue */
export async function payableDeposit(unit: UnitOfWork, id: string): Promise<{ reservation: HeldReservation; due: bigint; currency: string }> {
  const reservation = await holdRow(unit, id);
  const { status, heldUntil, depositMinor, depositCurrency } = reservation;
  if (status === 'HELD' && heldUntil !== null && heldUntil <= unit.now) throw wrongState('EXPIRED');
  if (!TAKING.includes(status)) throw wrongState(status);
  if (depositMinor === null || depositCurrency === null) throw depositNotDue('No deposit is asked for this reservation.');
  const due = BigInt(depositMinor) - await coveredOf(unit, id);
  if (due <= 0n) throw depositNotDue('The deposit is paid.');
  return { reservation, due, currency: depositCurrency };
}

/** Somebody is about to pay: the hold, and the offer it may be, last as long as that takes. */
export async function lengthenHold({ tx, now }: UnitOfWork, { id, status }: HeldReservation): Promise<void> {
  if (status !== 'HELD') return;
  const { rows: [held] } = await sql<{ until: Date }>`update commerce.reservation
    set held_until = greatest(held_until, least(${new Date(now.getTime() + DEPOSIT_HOLD_MS)}::timestamptz, created_at + make_interval(mins => ${LONGEST_MINUTES}), starts_at))
    where id = ${id}::uuid returning held_until as until`.execute(tx.getKysely());
  await sql`update commerce.waitlist_entry set offered_until = ${held?.until ?? now} where reservation_id = ${id}::uuid and status = 'OFFERED'`.execute(tx.getKysely());
}

/** A party that grows does not pass by the deposit that its new size is asked for: that is for who manages. @throws Refusal DepositRequired */
export function requireSameDeposit({ partySize: before, depositMinor }: HeldReservation, rule: DepositRule | null, partySize: number, { actor }: OperationContext): void {
  const wanted = partySize > before ? depositOf(rule, partySize) : null;
  const more = wanted === null ? 0n : BigInt(wanted.minor) - BigInt(depositMinor ?? 0);
  if (wanted !== null && more > 0n && !actor.permissions.includes('booking:manage')) throw depositRequired(more, wanted.currency, ['input', 'partySize']);
}

/** Before a guest confirms. @throws Refusal DepositRequired */
export async function requireDeposit(unit: UnitOfWork, { id, status, depositMinor, depositCurrency }: HeldReservation): Promise<void> {
  if (status !== 'HELD' || depositMinor === null || depositCurrency === null) return;
  const due = BigInt(depositMinor) - await coveredOf(unit, id);
  if (due > 0n) throw depositRequired(due, depositCurrency);
}
