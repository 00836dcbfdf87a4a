// Reacting to a message.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { messageById } from './message.loaders.js';
import { reactTo } from './message.react.js';
import { MessageReactInput, MessageReactPayload } from './message.react.type.js';

@Resolver()
export class MessageReactResolver {
  @Mutation(() => MessageReactPayload, {
    nullable: true, description: 'Reacts to a message with an emoji, or takes that off, for the business: one reaction stands for all of staff. Safe to repeat. Refused where the channel has no reactions.',
  })
  async messageReact(@Arg('input', () => MessageReactInput, { description: 'To which message, and how.' }) input: MessageReactInput, @Ctx() context: OperationContext) {
    const messageId = inputId('msg', input.messageId, ['input', 'messageId']);
    await reactTo(context, messageId, input.emoji ?? null);
    return { message: await context.load(messageById, messageId), userErrors: [] };
  }
}
