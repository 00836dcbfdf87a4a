// Changing and taking back what staff wrote.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { pendingChangeOf } from './message.change.loaders.js';
import { deleteMessage, editMessage } from './message.change.js';
import { MessageChange, MessageDeleteInput, MessageDeletePayload, MessageEditInput, MessageEditPayload } from './message.change.type.js';
import { messageById, type MessageRow } from './message.loaders.js';
import { MessageType } from './message.type.js';

const answered = async (context: OperationContext, id: string) => ({ message: await context.load(messageById, id), userErrors: [] });

@Resolver(() => MessageType)
export class MessageChangeResolver {
  @Mutation(() => MessageEditPayload, {
    nullable: true, description: 'Changes the words of a text that you sent, where the channel allows it: on web chat and for systems of your own. Safe to repeat with the same idempotency key.',
  })
  async messageEdit(@Arg('input', () => MessageEditInput, { description: 'Which message, and what it says from now on.' }) input: MessageEditInput, @Ctx() context: OperationContext) {
    const id = inputId('msg', input.messageId, ['input', 'messageId']);
    await editMessage(context, id, input);
    return answered(context, id);
  }

  @Mutation(() => MessageDeletePayload, {
    nullable: true, description: 'Takes back a message that staff sent, where the channel allows it: on web chat and for systems of your own. Nothing of what it said is kept. Repeating it changes nothing.',
  })
  async messageDelete(@Arg('input', () => MessageDeleteInput, { description: 'Which message.' }) input: MessageDeleteInput, @Ctx() context: OperationContext) {
    const id = inputId('msg', input.messageId, ['input', 'messageId']);
    await deleteMessage(context, id);
    return answered(context, id);
  }

  @FieldResolver(() => MessageChange, { nullable: true, description: 'The last change that staff asked for (`messageEdit`, `messageDelete`) while the channel has not taken it; null when there is none, or it is done.' })
  pendingChange(@Root() { id, direction, deletedAt }: MessageRow, @Ctx() context: OperationContext) {
    return direction === 'OUTBOUND' && deletedAt === null ? context.load(pendingChangeOf, id) : null;
  }
}
