// Lists of payments, and of what was given back or is contested of an order, page by page.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, PageArgs, pageSize } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { moneyOf } from '../money/money.type.js';
import type { OrderRow } from '../order/order.loaders.js';
import { OrderType } from '../order/order.type.js';
import { checkIdCursor, disputePagesOfOrder, listPayments, PaymentsArgs, refundPagesOfOrder, type OfOrderKey } from './payment.lists.js';
import { paymentById, type DisputeRow } from './payment.loaders.js';
import { PaymentDisputeType, PaymentRefundType, PaymentType } from './payment.type.js';

const { Connection: PaymentConnection } = connectionOf('Payment', () => PaymentType);
const { Connection: PaymentRefundConnection } = connectionOf('PaymentRefund', () => PaymentRefundType);
const { Connection: PaymentDisputeConnection } = connectionOf('PaymentDispute', () => PaymentDisputeType);

/** @throws BAD_USER_INPUT */
function keyOf({ id }: OrderRow, { first, after }: PageArgs): OfOrderKey {
  checkIdCursor(after);
  return { orderId: id, size: pageSize(first), after: after ?? null };
}

@Resolver(() => OrderType)
export class PaymentListsResolver {
  @Query(() => PaymentConnection, { nullable: true, description: 'Payments of your tenant, or of one order, newest first.' })
  payments(@Args(() => PaymentsArgs) args: PaymentsArgs, @Ctx() context: OperationContext) {
    return listPayments(context, args);
  }

  @FieldResolver(() => PaymentRefundConnection, { nullable: true, description: 'What was given back of all of its payments, newest first.' })
  refunds(@Root() order: OrderRow, @Args(() => PageArgs) args: PageArgs, @Ctx() context: OperationContext) {
    return context.load(refundPagesOfOrder, keyOf(order, args));
  }

  @FieldResolver(() => PaymentDisputeConnection, { nullable: true, description: 'Where one of its payments is contested, newest first.' })
  async disputes(@Root() order: OrderRow, @Args(() => PageArgs) args: PageArgs, @Ctx() context: OperationContext) {
    const page = await context.load(disputePagesOfOrder, keyOf(order, args));
    const shown = ({ minor, currency, ...dispute }: DisputeRow) => ({ ...dispute, amount: moneyOf(minor, currency) });
    return page && { ...page, nodes: page.nodes.map(shown), edges: page.edges.map(({ node, cursor }) => ({ node: shown(node), cursor })) };
  }
}

@Resolver(() => PaymentRefundType)
export class RefundPaymentResolver {
  @FieldResolver(() => PaymentType, { nullable: true, description: 'The payment it is of.' })
  payment(@Root() { paymentId }: { paymentId: string }, @Ctx() context: OperationContext) {
    return context.load(paymentById, paymentId);
  }
}

@Resolver(() => PaymentDisputeType)
export class DisputePaymentResolver {
  @FieldResolver(() => PaymentType, { nullable: true, description: 'The payment it is of.' })
  payment(@Root() { paymentId }: { paymentId: string }, @Ctx() context: OperationContext) {
    return context.load(paymentById, paymentId);
  }
}
