// The slices of selling, from what is sold to what was bought.
import type { Slice } from '../kernel/graphql/slice.js';
import { cartSlice } from './cart/cart.slice.js';
import { categorySlice } from './category/category.slice.js';
import { customerSlice } from './customer/customer.slice.js';
import { moneySlice } from './money/slice.js';
import { orderEditSlice } from './order/order.edit.slice.js';
import { orderImportSlice } from './order-import/order-import.slice.js';
import { orderSlice } from './order/order.slice.js';
import { paymentListsSlice } from './payment/payment.lists.slice.js';
import { productSlice } from './product/product.slice.js';
import { productImportSlice } from './product-import/product-import.slice.js';
import { shopSlice } from './shop/shop.slice.js';
import { stockSlice } from './stock/stock.slice.js';
import { customerMergeSlice } from './customer/customer.merge.slice.js';
import { timelineSlice } from './customer/timeline.slice.js';
import { voucherSlice } from './voucher/voucher.slice.js';

export const sellSlices: readonly Slice[] = [shopSlice, categorySlice, productSlice, productImportSlice, stockSlice, voucherSlice, cartSlice, orderSlice, customerSlice,
  orderEditSlice,
  orderImportSlice,
  moneySlice,
  timelineSlice,
  paymentListsSlice,
  customerMergeSlice,
];
