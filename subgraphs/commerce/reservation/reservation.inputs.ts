// Arguments of operations on reservations.
import { Field, ID, InputType, Int, type ClassType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';

const PARTY = 'How many people, 1 to 1,000.';
const REASON = 'Why, at most 200 characters.';

@InputType({ description: 'Input of `reservationHold`.' })
export class ReservationHoldInput {
  @Field(() => ID, { description: 'The venue.' }) venueId!: string;
  @Field(() => DateTime, { description: 'When it begins: the `startsAt` of a slot of `availability`.' }) startsAt!: Date;
  @Field(() => Int, { description: PARTY }) partySize!: number;
  @Field(() => ID, { nullable: true, description: 'The area it is to be in; absent or null: anywhere.' }) areaId?: string | null;
  @Field(() => ID, { nullable: true, description: 'The customer it is for, where there is one.' }) customerId?: string | null;
  @Field(() => ID, { nullable: true, description: 'The conversation it came from, where it came from one.' }) conversationId?: string | null;
  @Field(() => String, { nullable: true, description: 'Who comes, at most 100 characters.' }) guestName?: string | null;
  @Field(() => String, { nullable: true, description: 'What they wish, at most 1,000 characters.' }) note?: string | null;
  @Field(() => String, { description: 'A new one for each booking, 1 to 200 printable ASCII characters without spaces: the same key and input again is the same reservation.' }) idempotencyKey!: string;
}

@InputType({ description: 'Input of `reservationReschedule`. What is absent or null stays.' })
export class ReservationRescheduleInput {
  @Field(() => ID, { description: 'The reservation: one that is `PENDING` or `CONFIRMED`.' }) reservationId!: string;
  @Field(() => DateTime, { nullable: true, description: 'When it begins from now on.' }) startsAt?: Date | null;
  @Field(() => Int, { nullable: true, description: PARTY }) partySize?: number | null;
}

interface OfReservation {
  reservationId: string;
}

/** The input of a mutation that names a reservation and nothing else. */
function inputOf(mutation: string): ClassType<OfReservation> {
  @InputType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Input`, { description: `Input of \`${mutation}\`.` })
  class Input {
    @Field(() => ID, { description: 'The reservation.' })
    reservationId!: string;
  }
  return Input;
}

/** The same, and why. */
function reasonedInputOf(mutation: string): ClassType<OfReservation & { reason?: string | null }> {
  @InputType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Input`, { description: `Input of \`${mutation}\`.` })
  class Input {
    @Field(() => ID, { description: 'The reservation.' })
    reservationId!: string;

    @Field(() => String, { nullable: true, description: REASON })
    reason?: string | null;
  }
  return Input;
}

export const ReservationConfirmInput = inputOf('reservationConfirm');
export const ReservationAcceptInput = inputOf('reservationAccept');
export const ReservationDeclineInput = reasonedInputOf('reservationDecline');
export const ReservationCancelInput = reasonedInputOf('reservationCancel');
export const ReservationArriveInput = inputOf('reservationArrive');
export const ReservationSeatInput = inputOf('reservationSeat');
export const ReservationCompleteInput = inputOf('reservationComplete');
export const ReservationNoShowInput = inputOf('reservationNoShow');
export type { OfReservation };
