// notificationAdded: one person's own stream of the feed.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { feedIterator } from '../../kernel/graphql/feeds.js';
import type { FeedHub, FeedItem } from '../../kernel/messaging/feed.js';
import { NotificationAdded } from './notification.events.js';

export class NotificationFeed {
  constructor(private readonly feed: FeedHub) {}

  /** Whose stream it is says the actor alone: there is nothing to ask for another's with. @throws FORBIDDEN without a tenant */
  async open(context: OperationContext, after: string | null): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    return feedIterator(await context.follow(this.feed, { by: 'stream', id: context.userId }, after), rootOf);
  }
}

function rootOf(item: FeedItem): Record<string, unknown> | null {
  const { cursor } = item;
  if (item.kind === 'gap') return { __typename: 'NotificationFeedGap', cursor, reason: item.reason };
  if (item.event.type !== NotificationAdded.name) return null;
  return { __typename: 'NotificationAdded', cursor, notificationId: NotificationAdded.payload.parse(item.event.payload).notificationId };
}
