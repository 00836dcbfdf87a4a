// What resolvers and jobs of bookings work with.
import type { UnitOfWorkDeps } from '../kernel/messaging/unit-of-work.js';
import type { FeedHub } from '../kernel/messaging/feed.js';
import { ReservationFeed } from './reservation/reservation.feed.js';
import { ReservationService } from './reservation/reservation.service.js';
import { BlockService } from './venue/block.service.js';
import { PlaceService } from './venue/place.service.js';
import { VenueService } from './venue/venue.service.js';
import { Reminders } from './waitlist/reminder.js';
import { WaitlistOffers } from './waitlist/waitlist.offer.js';
import { WaitlistService } from './waitlist/waitlist.service.js';

export interface BookingServices {
  venues: VenueService;
  places: PlaceService;
  blocks: BlockService;
  reservations: ReservationService;
  feed: ReservationFeed;
  waitlist: WaitlistService;
  offers: WaitlistOffers;
  reminders: Reminders;
}

/** What resolvers are made with: commerce, as far as bookings need it. */
export interface WithBooking {
  booking: BookingServices;
}

export const bookingServices = (unit: UnitOfWorkDeps, feed: FeedHub): BookingServices => ({
  venues: new VenueService(), places: new PlaceService(), blocks: new BlockService(), reservations: new ReservationService(unit),
  feed: new ReservationFeed(feed),
  waitlist: new WaitlistService(), offers: new WaitlistOffers(unit), reminders: new Reminders(unit),
});
