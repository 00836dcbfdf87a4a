// Bookings, noun by noun.
import type { Slice } from '../kernel/graphql/slice.js';
import { depositSlice } from './deposit/deposit.slice.js';
import { reservationSlice } from './reservation/reservation.slice.js';
import { waitlistSlice } from './waitlist/waitlist.slice.js';
import { venueSlice } from './venue/venue.slice.js';
import { retentionSlice } from './retention/retention.slice.js';

export const bookingSlices: readonly Slice[] = [venueSlice, reservationSlice, waitlistSlice, depositSlice, retentionSlice];
