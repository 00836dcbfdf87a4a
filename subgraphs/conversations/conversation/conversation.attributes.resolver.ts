// Custom attributes of a conversation, in the graph.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { shownAttributes } from '../attribute/attribute.values.js';
import { setAttributes } from './conversation.attributes.js';
import { ConversationAttribute, ConversationAttributesSetInput, ConversationAttributesSetPayload } from './conversation.attributes.type.js';
import { CONVERSATION } from './conversation.change.js';
import { conversationById, type ConversationRow } from './conversation.loaders.js';
import { ConversationType } from './conversation.type.js';

@Resolver(() => ConversationType)
export class ConversationAttributesResolver {
  @Mutation(() => ConversationAttributesSetPayload, { nullable: true, description: 'Sets custom attributes of a conversation, or takes them away. Repeating it changes nothing.' })
  async conversationAttributesSet(
    @Arg('input', () => ConversationAttributesSetInput, { description: 'Which conversation and attributes.' }) input: ConversationAttributesSetInput, @Ctx() context: OperationContext,
  ) {
    const id = inputId('conv', input.conversationId, CONVERSATION);
    await setAttributes(context, id, input.attributes);
    return { conversation: await context.load(conversationById, id), userErrors: [] };
  }

  @FieldResolver(() => [ConversationAttribute], { description: 'Custom attributes, by name: at most 50.' })
  attributes(@Root() { attributes }: ConversationRow) {
    return shownAttributes(attributes);
  }
}
