// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { Customer, CustomerContact } from './customer/customer.entity.js';
import { Order } from './order/order.entity.js';
import { Reservation } from './reservation/reservation.entity.js';
import { Area, BlockedPeriod, DiningTable, TableCombination, Venue } from './venue/venue.entity.js';
import { WaitlistEntry } from './waitlist/waitlist.entity.js';

export const entities = [Customer, CustomerContact, Order];

export type CommerceTables = Tables<typeof Customer | typeof CustomerContact | typeof Order
  | typeof Venue | typeof Area | typeof DiningTable | typeof TableCombination | typeof BlockedPeriod | typeof Reservation | typeof WaitlistEntry>;

export const db = (tx: Tx) => rows<CommerceTables>(tx).withSchema('commerce');
