// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { Customer, CustomerContact } from './customer/customer.entity.js';
import { Cart } from './cart/cart.entity.js';
import { Category } from './category/category.entity.js';
import { Order } from './order/order.entity.js';
import { Product, Variant } from './product/product.entity.js';
import { Request } from './request/request.entity.js';
import { Shop } from './shop/shop.entity.js';
import { Voucher } from './voucher/voucher.entity.js';
import { Reservation } from './reservation/reservation.entity.js';
import { Area, BlockedPeriod, DiningTable, TableCombination, Venue } from './venue/venue.entity.js';
import { WaitlistEntry } from './waitlist/waitlist.entity.js';

export const entities = [Customer, CustomerContact, Order];

export type CommerceTables = Tables<
  | typeof Customer | typeof CustomerContact | typeof Order
  | typeof Cart | typeof Category | typeof Product | typeof Request | typeof Shop | typeof Variant | typeof Voucher
  | typeof Venue | typeof Area | typeof DiningTable | typeof TableCombination | typeof BlockedPeriod | typeof Reservation | typeof WaitlistEntry
>;

export const db = (tx: Tx) => rows<CommerceTables>(tx).withSchema('commerce');
