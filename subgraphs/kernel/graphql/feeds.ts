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

/** What a subscription resolves from says so where in its feed it is. */
const POSITION = Symbol('position');

/** Of an event of a feed: its position, in decimal digits; undefined of what is no feed's. */
export const positionOf = (event: unknown): string | undefined =>
  (typeof event === 'object' && event !== null ? (event as { [POSITION]?: string })[POSITION] : undefined);

/** Nothing to resolve: the stream has told all up to its position. */
export const isMark = (event: unknown): boolean => typeof event === 'object' && event !== null && 'mark' in event && POSITION in event;

/** @param rootOf what the subscription field resolves from; null: an item that is not for this subscription */
export function feedIterator(stream: FeedStream, rootOf: (item: FeedItem) => Record<string, unknown> | null): AsyncIterableIterator<Record<string, unknown>> {
  const iterator: AsyncIterableIterator<Record<string, unknown>> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      for (;;) {
        const item = await stream.step();
        if (item === null) return { done: true, value: undefined };
        const position = item.kind === 'event' ? item.event.position : item.position;
        const root = item.kind === 'mark' ? { mark: true } : rootOf(item);
        if (root !== null) return { done: false, value: { ...root, [POSITION]: String(position) } as Record<string, unknown> };
      }
    },
    return: async () => {
      stream.end();
      return { done: true, value: undefined };
    },
  };
  return iterator;
}
