// What commerce does, built once.
import { crashAt } from '../kernel/base/crash-points.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { bookingServices, type BookingServices } from './booking.services.js';
import { CartService } from './cart/cart.service.js';
import { CategoryService } from './category/category.service.js';
import { CustomerService } from './customer/customer.service.js';
import { OrderExpiry } from './order/order.expiry.js';
import { OrderFeed } from './order/order.feed.js';
import { OrderService } from './order/order.service.js';
import { PaymentAccess } from './payment/account.access.js';
import { PaymentAccountService } from './payment/account.service.js';
import { PaymentService } from './payment/payment.service.js';
import { PaymentSettlement } from './payment/payment.settle.js';
import { PaymentWebhookService } from './payment/payment.webhook.js';
import { RefundService } from './payment/refund.service.js';
import { ProductService } from './product/product.service.js';
import { RetentionService } from './retention/retention.service.js';
import { ShopService } from './shop/shop.service.js';
import { StockService } from './stock/stock.service.js';
import { VoucherService } from './voucher/voucher.service.js';

export interface CommerceServices {
  customers: CustomerService;
  orders: OrderService;
  orderFeed: OrderFeed;
  orderExpiry: OrderExpiry;
  retention: RetentionService;
  shops: ShopService;
  categories: CategoryService;
  products: ProductService;
  stock: StockService;
  vouchers: VoucherService;
  carts: CartService;
  paymentAccounts: PaymentAccountService;
  payments: PaymentService;
  refunds: RefundService;
  settlement: PaymentSettlement;
  paymentWebhooks: PaymentWebhookService;
  /** Where providers reach the gateway. */
  apiUrl: string;
  booking: BookingServices;
  deps: SubgraphDeps;
}

function paymentsOf({ unit, database, envelope, clock, logger, config }: SubgraphDeps) {
  const access = new PaymentAccess(database, envelope, clock, config.stripeUrl);
  const crash = crashAt(config.crashAt);
  const settlement = new PaymentSettlement({ database, unit, access, crash });
  return {
    paymentAccounts: new PaymentAccountService(access), payments: new PaymentService(settlement), refunds: new RefundService(settlement), settlement,
    paymentWebhooks: new PaymentWebhookService({ unit, access, settlement, logger, crash }), apiUrl: config.apiUrl,
  };
}

export const createServices = ({ unit, feed, ...deps }: SubgraphDeps): CommerceServices => ({
  customers: new CustomerService(unit), orders: new OrderService(unit), orderFeed: new OrderFeed(feed),
  orderExpiry: new OrderExpiry(unit),
  retention: new RetentionService(unit, crashAt(deps.config.crashAt)),
  shops: new ShopService(), categories: new CategoryService(), products: new ProductService(),
  stock: new StockService(), vouchers: new VoucherService(), carts: new CartService(),
  ...paymentsOf({ unit, feed, ...deps }), booking: bookingServices(unit, feed), deps: { unit, feed, ...deps },
});
