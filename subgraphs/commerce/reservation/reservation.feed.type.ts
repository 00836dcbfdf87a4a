// The GraphQL face of reservationFeed.
import { Field, InterfaceType, ObjectType } from 'type-graphql';
import { FeedGapReason } from '../../kernel/graphql/feeds.js';

@InterfaceType({
  description: 'What `reservationFeed` delivers. Keep the cursor: pass it as `after` to go on without gap or duplicate.',
  resolveType: (value: { __typename: string }) => value.__typename, autoRegisterImplementations: false,
})
export abstract class ReservationFeedEvent {
  @Field(() => String, { description: 'Opaque position in this feed.' })
  cursor!: string;
}

@ObjectType('ReservationTouched', { implements: ReservationFeedEvent, description: 'A table was held, a reservation went on, is at another time or has ended, or its deposit moved.' })
export class ReservationTouchedEvent extends ReservationFeedEvent {}

@ObjectType({ implements: ReservationFeedEvent, description: 'Events may be missing before this point: read the reservations again. The feed goes on live.' })
export class ReservationFeedGap extends ReservationFeedEvent {
  @Field(() => FeedGapReason, { description: 'Why.' })
  reason!: FeedGapReason;
}
