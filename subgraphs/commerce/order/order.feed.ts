// orderFeed: what lists of orders, and whoever waits for one, are kept up to date with.
import { notFound } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { feedIterator } from '../../kernel/graphql/feeds.js';
import type { FeedHub, FeedItem } from '../../kernel/messaging/feed.js';
import { OrderChanged } from './order.events.js';
import { orderById } from './order.loaders.js';

export class OrderFeed {
  constructor(private readonly feed: FeedHub) {}

  /** Of one order, or of all of the actor's tenant. @throws NOT_FOUND */
  async open(context: OperationContext, orderId: string | null, after: string | null): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    const id = orderId === null ? null : inputId('ord', orderId, ['orderId']);
    if (id !== null && !(await context.load(orderById, id))) throw notFound('The order');
    return feedIterator(await context.follow(this.feed, id === null ? { by: 'tenant', id: context.tenantId } : { by: 'stream', id }, after), rootOf);
  }
}

function rootOf(item: FeedItem): Record<string, unknown> | null {
  const { cursor } = item;
  if (item.kind === 'gap') return { __typename: 'OrderFeedGap', cursor, reason: item.reason };
  const { type, payload } = item.event;
  return type === OrderChanged.name ? { __typename: 'OrderTouched', cursor, orderId: OrderChanged.payload.parse(payload).orderId } : null;
}
