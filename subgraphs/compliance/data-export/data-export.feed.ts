// exportProgress: the stream of one export.
import { notFound } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { feedIterator } from '../../kernel/graphql/feeds.js';
import type { FeedHub, FeedItem } from '../../kernel/messaging/feed.js';
import { ExportProgressed } from './data-export.events.js';
import { dataExportById } from './data-export.loaders.js';

export class DataExportFeed {
  constructor(private readonly feed: FeedHub) {}

  /** @throws NOT_FOUND for what the actor does not see */
  async open(context: OperationContext, exportId: string, after: string | null): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    if (!await context.load(dataExportById, exportId)) throw notFound('The export');
    return feedIterator(await context.follow(this.feed, { by: 'stream', id: exportId }, after), rootOf);
  }
}

function rootOf(item: FeedItem): Record<string, unknown> | null {
  const { cursor } = item;
  if (item.kind === 'gap') return { __typename: 'ExportFeedGap', cursor, reason: item.reason };
  if (item.event.type !== ExportProgressed.name) return null;
  return { __typename: 'ExportProgressed', cursor, exportId: ExportProgressed.payload.parse(item.event.payload).exportId };
}
