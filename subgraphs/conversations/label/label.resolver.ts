// Labels: made, changed, deleted, and put on conversations.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { CONVERSATION } from '../conversation/conversation.change.js';
import { conversationById, type ConversationRow } from '../conversation/conversation.loaders.js';
import { ConversationType } from '../conversation/conversation.type.js';
import { ConversationLabelsAddPayload, ConversationLabelsRemovePayload } from '../conversation/conversation.work.type.js';
import type { ConversationsServices } from '../services.js';
import { ConversationLabelsAddInput, ConversationLabelsRemoveInput, LabelCreateInput, LabelDeleteInput, LabelUpdateInput } from './label.inputs.js';
import { labelById, labelsOf } from './label.loaders.js';
import { LabelConnection, LabelCreatePayload, LabelDeletePayload, LabelType, LabelUpdatePayload } from './label.type.js';

const labelOf = ({ labelId }: { labelId: string }): string => inputId('lbl', labelId, ['input', 'labelId']);
const labelIdsOf = ({ labelIds }: { labelIds: string[] }): string[] => labelIds.map((id) => inputId('lbl', id, ['input', 'labelIds']));
const conversationOf = ({ conversationId }: { conversationId: string }): string => inputId('conv', conversationId, CONVERSATION);
const answered = async (context: OperationContext, id: string) => ({ conversation: await context.load(conversationById, id), userErrors: [] });

@Resolver(() => LabelType)
export class LabelResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => LabelConnection, { nullable: true, description: 'Labels of your tenant, by name.' })
  labels(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return this.services.labels.page(context, first, after);
  }

  @Mutation(() => LabelCreatePayload, { nullable: true, description: 'Makes a label. A tenant has at most 500.' })
  async labelCreate(@Arg('input', () => LabelCreateInput, { description: 'Its name and colour.' }) input: LabelCreateInput, @Ctx() context: OperationContext) {
    return { label: await context.load(labelById, await this.services.labels.create(context, input)), userErrors: [] };
  }

  @Mutation(() => LabelUpdatePayload, { nullable: true, description: 'Changes a label, on all conversations that bear it.' })
  async labelUpdate(@Arg('input', () => LabelUpdateInput, { description: 'Which label, and what changes.' }) input: LabelUpdateInput, @Ctx() context: OperationContext) {
    const id = labelOf(input);
    await this.services.labels.update(context, id, input);
    return { label: await context.load(labelById, id), userErrors: [] };
  }

  @Mutation(() => LabelDeletePayload, { nullable: true, description: 'Deletes a label for good: from now on no conversation bears it, no filter finds anything by it, and its name is free. Feeds tell of each conversation that bore it (`ConversationUpdated`) as it is taken off, which takes a while where there are very many.' })
  async labelDelete(@Arg('input', () => LabelDeleteInput, { description: 'Which label.' }) input: LabelDeleteInput, @Ctx() context: OperationContext) {
    await this.services.labels.delete(context, labelOf(input));
    return { labelId: input.labelId, userErrors: [] };
  }
}

@Resolver(() => ConversationType)
export class ConversationLabelsResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Mutation(() => ConversationLabelsAddPayload, { nullable: true, description: 'Puts labels on a conversation, which bears at most 30. Repeating it changes nothing.' })
  async conversationLabelsAdd(@Arg('input', () => ConversationLabelsAddInput, { description: 'Which conversation and labels.' }) input: ConversationLabelsAddInput, @Ctx() context: OperationContext) {
    const id = conversationOf(input);
    await this.services.labels.add(context, id, labelIdsOf(input));
    return answered(context, id);
  }

  @Mutation(() => ConversationLabelsRemovePayload, { nullable: true, description: 'Takes labels off a conversation. Repeating it changes nothing.' })
  async conversationLabelsRemove(
    @Arg('input', () => ConversationLabelsRemoveInput, { description: 'Which conversation and labels.' }) input: ConversationLabelsRemoveInput, @Ctx() context: OperationContext,
  ) {
    const id = conversationOf(input);
    await this.services.labels.remove(context, id, labelIdsOf(input));
    return answered(context, id);
  }

  @FieldResolver(() => [LabelType], { description: 'The labels it bears, by name: at most 30.' })
  async labels(@Root() row: ConversationRow, @Ctx() context: OperationContext) {
    return (await context.load(labelsOf, row.id)) ?? [];
  }
}
