// The way of a reservation: held, confirmed, accepted or declined, put at another time, and led to its end.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { WithBooking } from '../booking.services.js';
import { holdTable } from './reservation.hold.js';
import {
  ReservationAcceptInput, ReservationArriveInput, ReservationCancelInput, ReservationCompleteInput, ReservationConfirmInput, ReservationDeclineInput, ReservationHoldInput,
  ReservationNoShowInput, ReservationRescheduleInput, ReservationSeatInput, type OfReservation,
} from './reservation.inputs.js';
import { reservationById } from './reservation.loaders.js';
import {
  ReservationAcceptPayload, ReservationArrivePayload, ReservationCancelPayload, ReservationCompletePayload, ReservationConfirmPayload, ReservationDeclinePayload, ReservationHoldPayload,
  ReservationNoShowPayload, ReservationReschedulePayload, ReservationSeatPayload,
} from './reservation.type.js';

const WHICH = { description: 'Which reservation.' };
const optional = (prefix: string, id: string | null | undefined, field: string): string | null => (typeof id === 'string' ? inputId(prefix, id, ['input', field]) : null);
const answered = async (context: OperationContext, id: string) => ({ reservation: await context.load(reservationById, id), userErrors: [] });

/** Takes one step with the reservation of an input, and answers it. */
async function step(context: OperationContext, { reservationId }: OfReservation, take: (id: string) => Promise<void>) {
  const id = inputId('rsv', reservationId, ['input', 'reservationId']);
  await take(id);
  return answered(context, id);
}

@Resolver()
export class ReservationStepsResolver {
  constructor(private readonly services: WithBooking) {}

  @Mutation(() => ReservationHoldPayload, {
    nullable: true, description: 'Holds a table, or tables together, for a party for 5 minutes, or 15 where the venue asks for a deposit (`Reservation.deposit`). Of two who want the last one, one gets it and the other `SlotUnavailable`: the database decides. Repeating it with its key is the same hold.',
  })
  async reservationHold(@Arg('input', () => ReservationHoldInput, { description: 'Where, when and for whom.' }) input: ReservationHoldInput, @Ctx() context: OperationContext) {
    const { startsAt, partySize, idempotencyKey } = input;
    return answered(context, await holdTable(context, {
      venueId: inputId('ven', input.venueId, ['input', 'venueId']), areaId: optional('area', input.areaId, 'areaId'), startsAt, partySize, idempotencyKey,
      customerId: optional('cust', input.customerId, 'customerId'), conversationId: optional('conv', input.conversationId, 'conversationId'),
      guestName: input.guestName ?? null, note: input.note ?? null,
    }));
  }

  @Mutation(() => ReservationConfirmPayload, { nullable: true, description: 'The guest confirms a hold in its time: it stands, or is `PENDING` where the venue accepts each by hand. One with a deposit stands by itself once that is there; until then this is `DepositRequired`. Repeating it changes nothing.' })
  reservationConfirm(@Arg('input', () => ReservationConfirmInput, WHICH) input: OfReservation, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.confirm(context, id));
  }

  @Mutation(() => ReservationAcceptPayload, { nullable: true, description: 'Staff accept what a guest has confirmed. Repeating it changes nothing.' })
  reservationAccept(@Arg('input', () => ReservationAcceptInput, WHICH) input: OfReservation, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.accept(context, id));
  }

  @Mutation(() => ReservationDeclinePayload, { nullable: true, description: 'Staff do not accept what a guest has confirmed: its tables are free.' })
  reservationDecline(@Arg('input', () => ReservationDeclineInput, { description: 'Which reservation, and why.' }) input: OfReservation & { reason?: string | null }, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.decline(context, id, input.reason ?? null));
  }

  @Mutation(() => ReservationCancelPayload, { nullable: true, description: 'Calls a reservation off: its tables are free, and a deposit goes back, or stays where it is late and the venue keeps it. Later than `Venue.cancelMinutes` ahead this needs `booking:manage`.' })
  reservationCancel(@Arg('input', () => ReservationCancelInput, { description: 'Which reservation, and why.' }) input: OfReservation & { reason?: string | null }, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.cancel(context, id, input.reason ?? null));
  }

  @Mutation(() => ReservationReschedulePayload, { nullable: true, description: 'Puts a reservation at another time, or makes it for another number of people, if tables are free then; if not, it stays as it was.' })
  reservationReschedule(@Arg('input', () => ReservationRescheduleInput, { description: 'Which reservation, and what changes.' }) input: ReservationRescheduleInput, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.reschedule(context, id, { startsAt: input.startsAt ?? null, partySize: input.partySize ?? null }));
  }

  @Mutation(() => ReservationArrivePayload, { nullable: true, description: 'The party is there. Repeating it changes nothing.' })
  reservationArrive(@Arg('input', () => ReservationArriveInput, WHICH) input: OfReservation, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.reach(context, id, 'ARRIVED'));
  }

  @Mutation(() => ReservationSeatPayload, { nullable: true, description: 'The party is at its table. Repeating it changes nothing.' })
  reservationSeat(@Arg('input', () => ReservationSeatInput, WHICH) input: OfReservation, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.reach(context, id, 'SEATED'));
  }

  @Mutation(() => ReservationCompletePayload, { nullable: true, description: 'The party has gone: its tables are free, also before its time. Repeating it changes nothing.' })
  reservationComplete(@Arg('input', () => ReservationCompleteInput, WHICH) input: OfReservation, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.reach(context, id, 'COMPLETED'));
  }

  @Mutation(() => ReservationNoShowPayload, { nullable: true, description: 'Nobody came, and it was time: its tables are free, and a deposit stays where the venue keeps it. Repeating it changes nothing.' })
  reservationNoShow(@Arg('input', () => ReservationNoShowInput, WHICH) input: OfReservation, @Ctx() context: OperationContext) {
    return step(context, input, (id) => this.services.booking.reservations.noShow(context, id));
  }
}
