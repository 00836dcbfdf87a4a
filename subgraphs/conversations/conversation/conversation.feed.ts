// conversationFeed: what the lists of conversations are kept up to date with.
import { notFound } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { feedIterator } from '../../kernel/graphql/feeds.js';
import type { FeedHub, FeedItem } from '../../kernel/messaging/feed.js';
import { ConversationUpdated, MessageAdded } from '../events.js';
import { inboxById } from './conversation.loaders.js';

export class ConversationFeed {
  constructor(private readonly feed: FeedHub) {}

  /** Of one inbox, or of all of the actor's tenant. @throws NOT_FOUND */
  async open(context: OperationContext, inboxId: string | null, after: string | null): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    const id = inboxId === null ? null : inputId('inb', inboxId, ['inboxId']);
    if (id !== null && !(await context.load(inboxById, id))) throw notFound('The inbox');
    return feedIterator(await context.follow(this.feed, id === null ? { by: 'tenant', id: context.tenantId } : { by: 'group', id }, after), rootOf);
  }
}

/** What happens to a message that is there already (it is read, somebody reacts) changes nothing that a list shows. */
function rootOf(item: FeedItem): Record<string, unknown> | null {
  const { cursor } = item;
  if (item.kind === 'gap') return { __typename: 'ConversationFeedGap', cursor, reason: item.reason };
  const { type, payload } = item.event;
  if (type === MessageAdded.name) {
    return { __typename: 'ConversationTouched', cursor, cause: 'MESSAGE_ADDED', conversationId: MessageAdded.payload.parse(payload).conversationId };
  }
  if (type !== ConversationUpdated.name) return null;
  return { __typename: 'ConversationTouched', cursor, cause: 'UPDATED', conversationId: ConversationUpdated.payload.parse(payload).conversationId };
}
