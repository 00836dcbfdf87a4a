// securityEventAdded: the stream of one tenant's security events.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { feedIterator } from '../../kernel/graphql/feeds.js';
import type { FeedHub, FeedItem } from '../../kernel/messaging/feed.js';
import { SecurityEventAdded } from './security-event.events.js';

export class SecurityEventFeed {
  constructor(private readonly feed: FeedHub) {}

  /** Whose stream it is says the actor alone. That somebody follows it is recorded. @throws FORBIDDEN without a tenant */
  async open(context: OperationContext, after: string | null): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    const { tenantId, actor, scope } = context;
    const stream = await this.feed.open({ tenantId, by: 'stream', id: tenantId }, after, actor.sub);
    try {
      await context.stageAlone({
        draft: { action: 'security_event.follow', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'SecurityEvent', id: null } },
        scope, actor, staged: false,
      });
    } catch (error) {
      stream.end();
      throw error;
    }
    return feedIterator(stream, rootOf);
  }
}

function rootOf(item: FeedItem): Record<string, unknown> | null {
  const { cursor } = item;
  if (item.kind === 'gap') return { __typename: 'SecurityEventFeedGap', cursor, reason: item.reason };
  if (item.event.type !== SecurityEventAdded.name) return null;
  return { __typename: 'SecurityEventAdded', cursor, securityEventId: SecurityEventAdded.payload.parse(item.event.payload).securityEventId };
}
