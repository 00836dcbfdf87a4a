// The GraphQL face of conversationFeed.
import { Field, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { FeedGapReason } from '../../kernel/graphql/feeds.js';

export enum ConversationChangeCause { MESSAGE_ADDED = 'MESSAGE_ADDED', UPDATED = 'UPDATED' }
registerEnumType(ConversationChangeCause, {
  name: 'ConversationChangeCause', description: 'Why a conversation is not as it was.',
  valuesConfig: {
    MESSAGE_ADDED: { description: 'A message was added, in either direction; the conversation may have begun with it.' },
    UPDATED: { description: 'Its status, who is in charge, its priority, its labels or its contact changed.' },
  },
});

@InterfaceType({
  description: 'What `conversationFeed` delivers. Keep the cursor: pass it as `after` to go on without gap or duplicate.',
  resolveType: (value: { __typename: string }) => value.__typename, autoRegisterImplementations: false,
})
export abstract class ConversationFeedEvent {
  @Field(() => String, { description: 'Opaque position in this feed.' })
  cursor!: string;
}

@ObjectType('ConversationTouched', { implements: ConversationFeedEvent, description: 'A conversation is new, or not as it was.' })
export class ConversationTouchedEvent extends ConversationFeedEvent {
  @Field(() => ConversationChangeCause, { description: 'Why.' })
  cause!: ConversationChangeCause;
}

@ObjectType({ implements: ConversationFeedEvent, description: 'Events may be missing before this point: read the lists again. The feed goes on live.' })
export class ConversationFeedGap extends ConversationFeedEvent {
  @Field(() => FeedGapReason, { description: 'Why.' })
  reason!: FeedGapReason;
}
