// What commerce does, built once.
import type { Clock } from '../kernel/base/clock.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { bookingServices, type BookingServices } from './booking.services.js';
import { CartService } from './cart/cart.service.js';
import { CategoryService } from './category/category.service.js';
import { CustomerService } from './customer/customer.service.js';
import { OrderFeed } from './order/order.feed.js';
import { OrderService } from './order/order.service.js';
import { ProductService } from './product/product.service.js';
import { ShopService } from './shop/shop.service.js';
import { StockService } from './stock/stock.service.js';
import { VoucherService } from './voucher/voucher.service.js';

export interface CommerceServices {
  customers: CustomerService;
  orders: OrderService;
  orderFeed: OrderFeed;
  shops: ShopService;
  categories: CategoryService;
  products: ProductService;
  stock: StockService;
  vouchers: VoucherService;
  carts: CartService;
  booking: BookingServices;
  clock: Clock;
}

export const createServices = ({ unit, feed, clock }: SubgraphDeps): CommerceServices => ({
  customers: new CustomerService(unit), orders: new OrderService(unit), orderFeed: new OrderFeed(feed),
  shops: new ShopService(), categories: new CategoryService(), products: new ProductService(),
  stock: new StockService(), vouchers: new VoucherService(), carts: new CartService(),
  booking: bookingServices(unit), clock,
});
