// The GraphQL face of orderFeed.
import { Field, InterfaceType, ObjectType } from 'type-graphql';
import { FeedGapReason } from '../../kernel/graphql/feeds.js';

@InterfaceType({
  description: 'What `orderFeed` delivers. Keep the cursor: pass it as `after` to go on without gap or duplicate.',
  resolveType: (value: { __typename: string }) => value.__typename, autoRegisterImplementations: false,
})
export abstract class OrderFeedEvent {
  @Field(() => String, { description: 'Opaque position in this feed.' })
  cursor!: string;
}

@ObjectType('OrderTouched', { implements: OrderFeedEvent, description: 'An order was placed, or is further than it was.' })
export class OrderTouchedEvent extends OrderFeedEvent {}

@ObjectType({ implements: OrderFeedEvent, description: 'Events may be missing before this point: read the orders again. The feed goes on live.' })
export class OrderFeedGap extends OrderFeedEvent {
  @Field(() => FeedGapReason, { description: 'Why.' })
  reason!: FeedGapReason;
}
