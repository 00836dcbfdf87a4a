// Following orders live.
import { Arg, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { CommerceServices } from '../services.js';
import { OrderFeedEvent, OrderTouchedEvent } from './order.feed.type.js';
import { orderById } from './order.loaders.js';
import { OrderType } from './order.type.js';

interface Asked {
  orderId?: string | null;
  after?: string | null;
}

@Resolver(() => OrderTouchedEvent)
export class OrderTouchedResolver {
  @FieldResolver(() => OrderType, { nullable: true, description: 'The order, as it is now.' })
  order(@Root() { orderId }: { orderId: string }, @Ctx() context: OperationContext) {
    return context.load(orderById, orderId);
  }
}

@Resolver()
export class OrderFeedResolver {
  @Subscription(() => OrderFeedEvent, {
    description: 'Orders as they are placed and go from one state to another, of your tenant or one alone. With `after` it first replays what came later than that cursor.',
    subscribe: ({ args, context }) => {
      const { orderId = null, after = null } = args as Asked;
      const operation = context as unknown as OperationContext<CommerceServices>;
      return operation.services.orderFeed.open(operation, orderId, after) as never;
    },
  })
  orderFeed(
    @Root() event: Record<string, unknown>,
    @Arg('orderId', () => ID, { nullable: true, description: 'This order only; all orders when absent.' }) _orderId?: string | null,
    @Arg('after', () => String, { nullable: true, description: 'Go on after this cursor; from now on when absent.' }) _after?: string | null,
  ): OrderFeedEvent {
    return event as unknown as OrderFeedEvent;
  }
}
