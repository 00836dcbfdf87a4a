// The GraphQL face of messages that were found by their words.
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionOf, PageArgs } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { MessageType } from '../message/message.type.js';

@InputType({ description: 'In which messages to look: all given conditions must hold.' })
export class MessageSearchFilter {
  @Field(() => ID, { nullable: true, description: 'Only this conversation.' })
  conversationId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only this inbox.' })
  inboxId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Stored at this instant or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Stored before this instant; after `from`.' })
  to?: Date | null;
}

@ArgsType()
export class MessageSearchArgs extends PageArgs {
  @Field(() => String, { description: 'The words, as in `ConversationFilter.search`: all in one message.' })
  query!: string;

  @Field(() => MessageSearchFilter, { nullable: true, description: 'In which messages; in all when absent.' })
  filter?: MessageSearchFilter | null;
}

@ObjectType({ description: 'A piece of an excerpt. The pieces in their order are the excerpt.' })
export class MessageExcerptPart {
  @Field(() => String, { description: 'Its text, plain: not HTML.' })
  text!: string;

  @Field(() => Boolean, { description: 'It is a word that was looked for: show it highlighted.' })
  matched!: boolean;
}

@ObjectType({ description: 'A message that holds what was looked for.' })
export class MessageMatch {
  @Field(() => MessageType, { description: 'The message; its conversation stands in it.' })
  message!: object;

  @Field(() => [MessageExcerptPart], { description: 'Where its text holds the words, some 160 characters; its beginning when they stand in its content, e.g. in the name of a file; empty without a text.' })
  excerpt!: MessageExcerptPart[];
}

export const { Connection: MessageMatchConnection } = connectionOf('MessageMatch', () => MessageMatch);
