// What live feeds of the graph have in common: why one could not go on, and a feed's stream as a subscription's iterator.
import { registerEnumType } from 'type-graphql';
import type { FeedItem, FeedStream } from '../messaging/feed.js';

export enum FeedGapReason { UNKNOWN_CURSOR = 'UNKNOWN_CURSOR', HISTORY_TRIMMED = 'HISTORY_TRIMMED' }
registerEnumType(FeedGapReason, {
  name: 'FeedGapReason', description: 'Why a feed could not go on from a cursor.',
  valuesConfig: {
    UNKNOWN_CURSOR: { description: 'The cursor is not one of this feed.' },
    HISTORY_TRIMMED: { description: 'The history after the cursor is not kept any more.' },
  },
});

/** @param rootOf what the subscription field resolves from; null: an item that is not for this subscription */
export function feedIterator<Root>(stream: FeedStream, rootOf: (item: FeedItem) => Root | null): AsyncIterableIterator<Root> {
  const iterator: AsyncIterableIterator<Root> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      for (;;) {
        const item = await stream.next();
        if (item === null) return { done: true, value: undefined };
        const root = rootOf(item);
        if (root !== null) return { done: false, value: root };
      }
    },
    return: async () => {
      stream.end();
      return { done: true, value: undefined };
    },
  };
  return iterator;
}
