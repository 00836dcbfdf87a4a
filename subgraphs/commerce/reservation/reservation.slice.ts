// Reservations, as what they add to the subgraph.
import { can, each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { ReservationChanged } from '../booking.events.js';
import { expireHoldJob } from '../jobs.js';
import { reservation } from '../migrations/20261129-106-reservation.js';
import { readOrders } from '../permissions.js';
import { READ, userError } from '../venue/venue.slice.js';
import { Reservation } from './reservation.entity.js';
import { ConversationReservationsResolver, CustomerReservationsResolver } from './reservation.lists.resolver.js';
import { ReservationFeedResolver, ReservationTouchedResolver } from './reservation.feed.resolver.js';
import { ReservationFeedGap, ReservationTouchedEvent } from './reservation.feed.type.js';
import { reservationById } from './reservation.loaders.js';
import { ReservationResolver } from './reservation.resolver.js';
import { ReservationStepsResolver } from './reservation.steps.resolver.js';
import {
  BookingKeyMismatch, CancelTooLate, ConversationRef, OutsideBookingRules, ReservationNotBegun, ReservationNotFound, ReservationWrongState, SlotUnavailable,
} from './reservation.type.js';

export const BOOK = 'booking:create';
const ACTIONS = {
  Hold: 'hold', Confirm: 'confirm', Accept: 'accept', Decline: 'decline', Cancel: 'cancel', Reschedule: 'reschedule', Arrive: 'arrive', Seat: 'seat', Complete: 'complete', NoShow: 'no_show',
} as const;
const VERBS = Object.keys(ACTIONS);

export const reservationSlice: Slice = {
  resolvers: [ReservationResolver, ReservationStepsResolver, CustomerReservationsResolver, ConversationReservationsResolver,
    ReservationFeedResolver, ReservationTouchedResolver],
  orphanedTypes: [
    ReservationFeedGap, ReservationTouchedEvent,
    ConversationRef, BookingKeyMismatch, CancelTooLate, OutsideBookingRules, ReservationNotBegun, ReservationNotFound, ReservationWrongState, SlotUnavailable,
  ],
  entities: [Reservation],
  migrations: [reservation],
  ids: { Reservation: 'rsv', Conversation: 'conv' },
  nodes: ['Reservation'],
  permissions: { [BOOK]: 'Hold tables, confirm, change and cancel reservations, put parties on the waitlist, and lead them to their end.' },
  rules: {
    Query: each(can(READ), 'availability', 'reservation', 'reservations'),
    Mutation: each(can(BOOK), ...VERBS.map((verb) => `reservation${verb}`)),
    Subscription: { reservationFeed: can(READ) },
    ReservationTouched: each(inherited, 'cursor', 'reservation'),
    ReservationFeedGap: each(inherited, 'cursor', 'reason'),
    Availability: each(inherited, 'date', 'timeZone', 'slots'),
    AvailabilitySlot: each(inherited, 'startsAt', 'endsAt', 'localTime', 'state'),
    Reservation: {
      ...each(inherited, 'id', 'nodeKey', 'status', 'partySize', 'startsAt', 'endsAt', 'heldUntil', 'guestName', 'note', 'createdAt', 'venue', 'tables', 'conversation', 'history'), customer: readOrders,
    },
    ReservationEvent: each(inherited, 'from', 'to', 'startsAt', 'at', 'actorId', 'reason'),
    ReservationConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    ReservationEdge: each(inherited, 'node', 'cursor'),
    Customer: each(can(READ), 'reservations'),
    Conversation: { ...each(inherited, 'id'), ...each(can(READ), 'reservations') },
    ...Object.fromEntries(VERBS.map((verb) => [`Reservation${verb}Payload`, each(inherited, 'reservation', 'userErrors')])),
    BookingKeyMismatch: userError, ReservationNotBegun: userError, ReservationNotFound: userError, SlotUnavailable: userError,
    CancelTooLate: { ...userError, cancelMinutes: inherited },
    OutsideBookingRules: { ...userError, rule: inherited },
    ReservationWrongState: { ...userError, status: inherited },
  },
  mutations: Object.fromEntries(Object.entries(ACTIONS).map(([verb, action]) => [`reservation${verb}`, { action: `reservation.${action}`, type: 'DATA_WRITE' as const, resource: 'Reservation' }])),
  classes: {
    Reservation: { venueId: 'plain', startsAt: 'plain', partySize: 'plain', customerId: 'plain', conversationId: 'plain', status: 'plain', repeated: 'plain' },
  },
  references: {
    Reservation: { rule: can(READ), resolve: (context, id) => context.load(reservationById, id) },
    // Conversations owns them: nothing is known of one here but what came from it.
    Conversation: { rule: signedIn, resolve: async (_context, id) => ({ id }) },
  },
  events: [ReservationChanged],
  jobs: [expireHoldJob],
};
