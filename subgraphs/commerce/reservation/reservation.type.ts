// The GraphQL face of reservations.
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { Node } from '../../kernel/graphql/node.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { payloadOf } from '../venue/payload.js';
import { RESERVATION_STATUSES, type ReservationStatus } from './reservation.states.js';

export const ReservationStatusEnum = Object.fromEntries(RESERVATION_STATUSES.map((status) => [status, status])) as { [Status in ReservationStatus]: Status };
registerEnumType(ReservationStatusEnum, {
  name: 'ReservationStatus', description: 'How far a reservation is. Its tables are nobody else\'s while it is `HELD`, `PENDING`, `CONFIRMED`, `ARRIVED` or `SEATED`.',
  valuesConfig: {
    HELD: { description: 'Tables wait for the guest to confirm, until `heldUntil`.' },
    PENDING: { description: 'The guest has confirmed; staff have not accepted yet.' },
    CONFIRMED: { description: 'It stands.' },
    ARRIVED: { description: 'The party is there.' },
    SEATED: { description: 'The party is at its table.' },
    COMPLETED: { description: 'The party has gone.' },
    CANCELED: { description: 'Called off.' },
    DECLINED: { description: 'Staff did not accept it.' },
    NO_SHOW: { description: 'Nobody came.' },
    EXPIRED: { description: 'Nobody confirmed it in time.' },
  },
});

export enum BookingRule {
  PAST = 'PAST',
  TOO_SOON = 'TOO_SOON',
  TOO_FAR = 'TOO_FAR',
  NO_SLOT = 'NO_SLOT',
}
registerEnumType(BookingRule, {
  name: 'BookingRule', description: 'Why a time cannot be booked, whatever is free.',
  valuesConfig: {
    PAST: { description: 'It is over.' },
    TOO_SOON: { description: 'It is nearer than `Venue.leadMinutes`.' },
    TOO_FAR: { description: 'It is further ahead than `Venue.daysAhead`.' },
    NO_SLOT: { description: 'The venue is closed then or before the party would go, or parties begin at other minutes.' },
  },
});

@ObjectType('ReservationEvent', { description: 'One step of a reservation. Steps are never changed.' })
export class ReservationEventType {
  @Field(() => ReservationStatusEnum, { nullable: true, description: 'What it was; null: it was made.' })
  from!: ReservationStatus | null;

  @Field(() => ReservationStatusEnum, { description: 'What it became; as before where its time changed.' })
  to!: ReservationStatus;

  @Field(() => DateTime, { description: 'When the party was to begin from then on.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'When it happened.' })
  at!: Date;

  @Field(() => ID, { nullable: true, description: 'Who did it, `user_…` or `key_…`; null: the product itself.' })
  actorId!: string | null;

  @Field(() => String, { nullable: true, description: 'Why; null when nobody said.' })
  reason!: string | null;
}

@ObjectType('Reservation', { implements: Node, description: 'A table, or tables together, for a party at a time.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class ReservationType extends Node {
  @Field(() => ID, { description: 'Same as `id`; joins `node(id)` to its owner.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => ReservationStatusEnum, { description: 'How far it is. A hold whose time is over is `EXPIRED` within seconds, and takes no table any more from that moment.' })
  status!: ReservationStatus;

  @Field(() => Int, { description: 'How many people.' })
  partySize!: number;

  @Field(() => DateTime, { description: 'When it begins.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'Until when the party has its table.' })
  endsAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Until when it can be confirmed; null when it is no hold.' })
  heldUntil!: Date | null;

  @Field(() => String, { nullable: true, description: 'Who comes, as they said; null when nobody said.' })
  guestName!: string | null;

  @Field(() => String, { nullable: true, description: 'What the guest wishes; null when there is nothing.' })
  note!: string | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
}

@ObjectType('Conversation', { description: 'The thread between one contact and one inbox.' })
@Directive('@key(fields: "id")')
export class ConversationRef {
  @Field(() => ID, { description: 'Global id, `conv_…`.' })
  id!: string;
}

export const { Connection: ReservationConnection } = connectionOf('Reservation', () => ReservationType);

@ObjectType({ implements: UserError, description: 'There is no such reservation in your tenant.' })
export class ReservationNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'What was asked cannot become of a reservation that is where it is.' })
export class ReservationWrongState extends UserError {
  @Field(() => ReservationStatusEnum, { description: 'How far it is.' })
  status!: ReservationStatus;
}

@ObjectType({ implements: UserError, description: 'The party is not due yet: it cannot have stayed away.' })
export class ReservationNotBegun extends UserError {}

@ObjectType({ implements: UserError, description: 'It is too late for a guest to cancel; who may `booking:manage` still can.' })
export class CancelTooLate extends UserError {
  @Field(() => Int, { description: 'How many minutes ahead the venue wants to know.' })
  cancelMinutes!: number;
}

@ObjectType({ implements: UserError, description: 'No table, and no tables together, for this party are free then. `availability` says when there are.' })
export class SlotUnavailable extends UserError {}

@ObjectType({ implements: UserError, description: 'The time cannot be booked, whatever is free.' })
export class OutsideBookingRules extends UserError {
  @Field(() => BookingRule, { description: 'Which rule is against it.' })
  rule!: BookingRule;
}

@ObjectType({ implements: UserError, description: 'The idempotency key was used before for another booking.' })
export class BookingKeyMismatch extends UserError {}

const of = (mutation: string) => payloadOf(mutation, 'reservation', () => ReservationType);
export const ReservationHoldPayload = of('reservationHold');
export const ReservationConfirmPayload = of('reservationConfirm');
export const ReservationAcceptPayload = of('reservationAccept');
export const ReservationDeclinePayload = of('reservationDecline');
export const ReservationCancelPayload = of('reservationCancel');
export const ReservationReschedulePayload = of('reservationReschedule');
export const ReservationArrivePayload = of('reservationArrive');
export const ReservationSeatPayload = of('reservationSeat');
export const ReservationCompletePayload = of('reservationComplete');
export const ReservationNoShowPayload = of('reservationNoShow');
