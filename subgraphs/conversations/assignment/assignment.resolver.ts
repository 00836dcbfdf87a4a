// How an inbox gives its conversations out: said, and shown.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import type { InboxRow } from '../inbox/inbox.columns.js';
import { InboxType } from '../inbox/inbox.type.js';
import { labelById, type LabelRow } from '../label/label.loaders.js';
import { LabelType } from '../label/label.type.js';
import { InboxAssignmentSetInput } from './assignment.inputs.js';
import { agentsOf, assignmentOf, excludedOf, type AssignmentRow } from './assignment.loaders.js';
import { setAssignment } from './assignment.set.js';
import { InboxAssignmentSetPayload, InboxAssignmentType } from './assignment.type.js';

@Resolver(() => InboxType)
export class InboxAssignmentResolver {
  @Mutation(() => InboxAssignmentSetPayload, {
    nullable: true, description: 'Says how an inbox gives its open conversations to people: all of it at once. Repeating it changes nothing.',
  })
  async inboxAssignmentSet(@Arg('input', () => InboxAssignmentSetInput, { description: 'Which inbox, and how.' }) input: InboxAssignmentSetInput, @Ctx() context: OperationContext) {
    const { inboxId, agents, excludedLabelIds, ...settings } = input;
    const id = inputId('inb', inboxId, ['input', 'inboxId']);
    await setAssignment(context, {
      ...settings, id,
      agents: (agents ?? []).map(({ userId, capacity = null }, index) => ({ id: inputId('user', userId, ['input', 'agents', String(index), 'userId']), capacity })),
      labels: [...new Set((excludedLabelIds ?? []).map((label) => inputId('lbl', label, ['input', 'excludedLabelIds'])))],
    });
    return { inbox: await context.load(inboxById, id), userErrors: [] };
  }

  @FieldResolver(() => InboxAssignmentType, { nullable: true, description: 'How its conversations are given to people; null when nobody ever said.' })
  assignment(@Root() { id }: InboxRow, @Ctx() context: OperationContext) {
    return context.load(assignmentOf, id);
  }
}

@Resolver(() => InboxAssignmentType)
export class InboxAssignmentPartsResolver {
  @FieldResolver()
  async agents(@Root() { inboxId }: AssignmentRow, @Ctx() context: OperationContext): Promise<object[]> {
    return (await context.load(agentsOf, inboxId)) ?? [];
  }

  @FieldResolver(() => [LabelType], { description: 'Conversations that bear one of these are neither given out nor counted: at most 30, by name.' })
  async excludedLabels(@Root() { inboxId }: AssignmentRow, @Ctx() context: OperationContext): Promise<LabelRow[]> {
    const labels = await Promise.all(((await context.load(excludedOf, inboxId)) ?? []).map((id) => context.load(labelById, id)));
    return labels.flatMap((label) => label ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}
