// The GraphQL face of typing.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType({ description: 'Somebody writes in a conversation at this moment, or has stopped.' })
export class Typing {
  @Field(() => Boolean, { description: 'They write; false: they stopped.' })
  typing!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When it is over unless they go on, UTC: take it away then by yourself. Null when they stopped.' })
  until!: Date | null;
}

@InputType({ description: 'Input of `typingSet`.' })
export class TypingSetInput {
  @Field(() => ID, { description: 'The conversation in which the caller writes.' })
  conversationId!: string;

  @Field(() => Boolean, { description: 'True: repeat it at least every 5 seconds while somebody writes. False: they stopped.' })
  typing!: boolean;
}

@ObjectType({ description: 'Result of `typingSet`.' })
export class TypingSetPayload {
  @Field(() => DateTime, { nullable: true, description: 'Until when it counts, UTC; null when they stopped, or it was refused.' })
  until!: Date | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}
