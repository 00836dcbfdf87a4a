// What becomes of reservations after they are held; each change is one transaction with its step of history, its event and its audit event.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { sql } from 'kysely';
import { requireDeposit, requireSameDeposit } from '../deposit/deposit.payable.js';
import { db } from '../tables.js';
import { MOST_PARTY, textOf, wholeOf } from '../venue/venue.checks.js';
import { actorId, become, holdRow, noteStep, RESERVATION, wrongState, type HeldReservation } from './reservation.change.js';
import { expire, planFor, seat } from './reservation.seat.js';
import { MOVABLE, type ReservationStatus } from './reservation.states.js';

const MINUTE_MS = 60_000;

/** What a step asks of the reservation besides the table of transitions. */
type Guard = (held: HeldReservation, unit: UnitOfWork, context: OperationContext) => void | Promise<void>;

const stillHeld: Guard = async (held, unit) => {
  const { status, heldUntil } = held;
  if (status === 'HELD' && heldUntil !== null && heldUntil <= unit.now) throw wrongState('EXPIRED');
  await requireDeposit(unit, held);
};
const inTime: Guard = ({ status, startsAt, cancelMinutes }, { now }, { actor }) => {
  if (status === 'HELD' || actor.permissions.includes('booking:manage')) return;
  if (startsAt.getTime() - cancelMinutes * MINUTE_MS < now.getTime()) {
    throw new Refusal('CancelTooLate', ErrorCode.WRONG_STATE, `It is canceled at least ${cancelMinutes} minutes before it begins.`, RESERVATION, { cancelMinutes });
  }
};
const begun: Guard = ({ startsAt, status }, { now }) => {
  if (status === 'CONFIRMED' && startsAt > now) throw new Refusal('ReservationNotBegun', ErrorCode.WRONG_STATE, 'The party is not due yet.', RESERVATION);
};

export class ReservationService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** A hold becomes a booking, or waits for staff where the venue wants that. Repeating it changes nothing. @throws Refusal ReservationNotFound, ReservationWrongState, DepositRequired */
  confirm(context: OperationContext, id: string): Promise<void> {
    return this.#step(context, id, ({ status, confirmsByHand }) => (status === 'PENDING' || confirmsByHand && status === 'HELD' ? 'PENDING' : 'CONFIRMED'), { guard: stillHeld });
  }

  /** @throws Refusal ReservationNotFound, ReservationWrongState */
  accept(context: OperationContext, id: string): Promise<void> {
    return this.#step(context, id, ({ status }) => {
      if (status === 'HELD') throw wrongState(status);
      return 'CONFIRMED';
    });
  }

  /** @throws Refusal ReservationNotFound, ReservationWrongState, InputInvalid */
  decline(context: OperationContext, id: string, reason: string | null): Promise<void> {
    return this.#step(context, id, () => 'DECLINED', { reason });
  }

  /** @throws Refusal ReservationNotFound, ReservationWrongState, CancelTooLate, InputInvalid */
  cancel(context: OperationContext, id: string, reason: string | null): Promise<void> {
    return this.#step(context, id, () => 'CANCELED', { reason, guard: inTime });
  }

  /** @throws Refusal ReservationNotFound, ReservationWrongState */
  reach(context: OperationContext, id: string, to: 'ARRIVED' | 'SEATED' | 'COMPLETED'): Promise<void> {
    return this.#step(context, id, () => to);
  }

  /** @throws Refusal ReservationNotFound, ReservationWrongState, ReservationNotBegun */
  noShow(context: OperationContext, id: string): Promise<void> {
    return this.#step(context, id, () => 'NO_SHOW', { guard: begun });
  }

  /** Another time, or another size, or both; its old tables are free in the same moment. @throws Refusal as `holdTable` */
  reschedule(context: OperationContext, id: string, wanted: { startsAt: Date | null; partySize: number | null }): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Reservation', id } };
      const held = await holdRow(unit, id);
      if (!MOVABLE.includes(held.status)) throw wrongState(held.status);
      const partySize = wholeOf(wanted.partySize ?? held.partySize, 1, MOST_PARTY, ['input', 'partySize']);
      const plan = await planFor(unit, { venueId: held.venueId, startsAt: wanted.startsAt ?? held.startsAt, partySize, areaId: null });
      requireSameDeposit(held, plan.floor.deposit, partySize, context);
      const { startsAt, endsAt } = plan.slot;
      await sql`delete from commerce.reservation_table where reservation_id = ${id}::uuid`.execute(unit.tx.getKysely());
      await db(unit.tx).updateTable('Reservation').set({ startsAt, endsAt, partySize }).where('id', '=', id).execute();
      await seat(unit, id, plan);
      await noteStep(unit, { ...held, startsAt, from: held.status }, { to: held.status, actor: actorId(context.actor) });
      audit.draft = { ...audit.draft, before: { startsAt: held.startsAt, partySize: held.partySize }, after: { startsAt, partySize } };
    });
  }

  /** For the job: ends a hold whose time is over. @returns whether it was one */
  expireHold(tenantId: string, id: string): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `hold-${id}` }, async (unit) => await expire(unit, [id]) > 0);
  }

  #step(context: OperationContext, id: string, to: (held: HeldReservation) => ReservationStatus, { reason = null, guard }: { reason?: string | null; guard?: Guard } = {}): Promise<void> {
    const said = textOf(reason, ['input', 'reason'], 200);
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Reservation', id } };
      const held = await holdRow(unit, id);
      await guard?.(held, unit, context);
      const wanted = to(held);
      // It is there already: whoever asks twice is not refused.
      if (held.status !== wanted) await become(unit, held, { to: wanted, actor: actorId(context.actor), reason: said });
      audit.draft = { ...audit.draft, before: { status: held.status }, after: { status: wanted } };
    });
  }
}
