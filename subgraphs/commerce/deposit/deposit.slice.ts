// Deposits of bookings, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { deposit } from '../migrations/20261202-01-deposit.js';
import { MANAGE, READ, userError } from '../venue/venue.slice.js';
import { PaymentReservationResolver, ReservationDepositResolver, VenueDepositResolver } from './deposit.resolver.js';
import { DepositNotDue, DepositRequired } from './deposit.type.js';

export const depositSlice: Slice = {
  resolvers: [VenueDepositResolver, ReservationDepositResolver, PaymentReservationResolver],
  orphanedTypes: [DepositRequired, DepositNotDue],
  migrations: [deposit],
  rules: {
    Mutation: { venueDepositSet: can(MANAGE) },
    Venue: { deposit: inherited },
    Reservation: { deposit: inherited, payments: can('payment:read') },
    Payment: { reservation: can(READ) },
    DepositRule: each(inherited, 'fromParty', 'amount', 'per', 'keptWhenLate'),
    ReservationDeposit: each(inherited, 'amount', 'status', 'paid', 'returned', 'keptWhenLate'),
    VenueDepositSetPayload: each(inherited, 'venue', 'userErrors'),
    DepositRequired: { ...userError, due: inherited },
    DepositNotDue: userError,
  },
  mutations: { venueDepositSet: { action: 'venue.deposit', type: 'DATA_WRITE', resource: 'Venue' } },
  classes: {
    Venue: { depositFromParty: 'plain', depositMinor: 'plain', currency: 'plain', depositPer: 'plain', depositKept: 'plain' },
    Payment: { reservation: 'plain' },
  },
};
