// Reads of messages, and the live feed.
import { badInput, notFound } from '../../kernel/base/errors.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { feedIterator } from '../../kernel/graphql/feeds.js';
import type { FeedHub, FeedItem } from '../../kernel/messaging/feed.js';
import { conversationById, inboxById } from '../conversation/conversation.loaders.js';
import { ConversationUpdated, MessageAdded, MessageUpdated } from '../events.js';
import { selectMessages, type MessageRow } from './message.loaders.js';

export interface FeedInput {
  conversationId?: string | null;
  inboxId?: string | null;
  after?: string | null;
}

const LARGEST_SEQ = 2 ** 31 - 1;
const isSeq = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST_SEQ;

export class MessageService {
  constructor(private readonly feed: FeedHub) {}

  /** Messages of one conversation, newest first. */
  async list(context: OperationContext, conversationId: string, first?: number | null, after?: string | null): Promise<Page<MessageRow>> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [isSeq]);
    let query = selectMessages(await context.read()).where('conversationId', '=', conversationId).orderBy('seq', 'desc').limit(size + 1);
    if (cursor) query = query.where('seq', '<', Number(cursor[0]));
    return pageOf(await query.execute(), size, after, (row) => encodeCursor([row.seq]));
  }

  /** Opens the feed of a conversation or an inbox of the actor's tenant. @throws NOT_FOUND, BAD_USER_INPUT */
  async open(context: OperationContext, input: FeedInput): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    const chosen = [input.conversationId, input.inboxId].filter((id) => id !== null && id !== undefined);
    if (chosen.length !== 1) throw badInput('Give exactly one of conversationId and inboxId.', [chosen.length === 0 ? 'conversationId' : 'inboxId']);
    const stream = await context.follow(this.feed, await this.#target(context, input), input.after ?? null);
    return feedIterator(stream, eventOf);
  }

  async #target(context: OperationContext, { conversationId, inboxId }: FeedInput): Promise<{ by: 'stream' | 'group'; id: string }> {
    if (conversationId !== null && conversationId !== undefined) {
      const id = inputId('conv', conversationId, ['conversationId']);
      if (!(await context.load(conversationById, id))) throw notFound('The conversation');
      return { by: 'stream', id };
    }
    const id = inputId('inb', inboxId ?? '', ['inboxId']);
    if (!(await context.load(inboxById, id))) throw notFound('The inbox');
    return { by: 'group', id };
  }
}

function eventOf(item: FeedItem): Record<string, unknown> {
  if (item.kind === 'gap') return { __typename: 'FeedGap', cursor: item.cursor, reason: item.reason };
  if (item.event.type === ConversationUpdated.name) {
    return { __typename: ConversationUpdated.name, cursor: item.cursor, conversationId: ConversationUpdated.payload.parse(item.event.payload).conversationId };
  }
  const definition = item.event.type === MessageAdded.name ? MessageAdded : MessageUpdated;
  return { __typename: definition.name, cursor: item.cursor, messageId: definition.payload.parse(item.event.payload).messageId };
}
