// reservationFeed: what a floor's list of reservations, and whoever waits for one, are kept up to date with.
import { notFound } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { feedIterator } from '../../kernel/graphql/feeds.js';
import type { FeedHub, FeedItem } from '../../kernel/messaging/feed.js';
import { ReservationChanged } from '../booking.events.js';
import { reservationById } from './reservation.loaders.js';

export class ReservationFeed {
  constructor(private readonly feed: FeedHub) {}

  /** Of one reservation, or of all of the actor's tenant. @throws NOT_FOUND */
  async open(context: OperationContext, reservationId: string | null, after: string | null): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    const id = reservationId === null ? null : inputId('rsv', reservationId, ['reservationId']);
    if (id !== null && !(await context.load(reservationById, id))) throw notFound('The reservation');
    return feedIterator(await context.follow(this.feed, id === null ? { by: 'tenant', id: context.tenantId } : { by: 'stream', id }, after), rootOf);
  }
}

function rootOf(item: FeedItem): Record<string, unknown> | null {
  const { cursor } = item;
  if (item.kind === 'gap') return { __typename: 'ReservationFeedGap', cursor, reason: item.reason };
  const { type, payload } = item.event;
  return type === ReservationChanged.name ? { __typename: 'ReservationTouched', cursor, reservationId: ReservationChanged.payload.parse(payload).reservationId } : null;
}
