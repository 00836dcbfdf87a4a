// Reads orders: one, or a customer's newest first.
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { PageArgs, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { customerById, type CustomerRow } from '../customer/customer.loaders.js';
import { CustomerType } from '../customer/customer.type.js';
import { moneyOf, MoneyType } from '../money/money.type.js';
import { checkOrderCursor, orderById, ordersOfCustomer, type OrderRow } from './order.loaders.js';
import { OrderConnection, OrderType } from './order.type.js';

@Resolver(() => OrderType)
export class OrderResolver {
  @Query(() => OrderType, { nullable: true, description: 'One order of the tenant; null when there is none with this id.' })
  async order(
    @Arg('id', () => ID, { description: 'Id of an order, `ord_…`.' }) id: string,
    @Ctx() ctx: OperationContext,
  ): Promise<OrderRow | null> {
    return ctx.load(orderById, inputId('ord', id, ['id']));
  }

  @FieldResolver(() => MoneyType, { description: 'What the customer pays for all of it.' })
  total(@Root() order: OrderRow): MoneyType {
    return moneyOf(order.totalMinor, order.currency);
  }

  @FieldResolver(() => CustomerType, { description: 'Who bought it.' })
  async customer(@Root() order: OrderRow, @Ctx() ctx: OperationContext): Promise<CustomerRow | null> {
    return ctx.load(customerById, order.customerId);
  }
}

@Resolver(() => CustomerType)
export class CustomerOrdersResolver {
  @FieldResolver(() => OrderConnection, {
    description: 'Orders of this customer, newest first: by `placedAt` descending, then `id` descending.',
  })
  async orders(
    @Root() customer: CustomerRow,
    @Args(() => PageArgs) { first, after }: PageArgs,
    @Ctx() ctx: OperationContext,
  ): Promise<Page<OrderRow> | null> {
    checkOrderCursor(after ?? null);
    return ctx.load(ordersOfCustomer, { customerId: customer.id, size: pageSize(first), after: after ?? null });
  }
}
