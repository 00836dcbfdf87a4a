// The door of commerce: all that workers may call.
import { bookingDoor, type BookingDoor } from './booking.door.js';
import type { CommerceServices } from './subgraph.js';

export type CommerceDoor = BookingDoor;

export const commerceDoor = ({ booking, clock }: CommerceServices): CommerceDoor => bookingDoor(booking, clock);
