// What a resolved conversation of an inbox does when the customer writes again.
import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, registerEnumType, Resolver, Root } from 'type-graphql';
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { inboxById, type InboxRow } from '../conversation/conversation.loaders.js';
import { InboxType } from './inbox.type.js';

enum InboxReopen { SAME = 'SAME', NEW = 'NEW' }
registerEnumType(InboxReopen, {
  name: 'InboxReopen', description: 'What happens when somebody writes whose conversation is resolved.', valuesConfig: {
    SAME: { description: 'It is opened again: one conversation of a customer in an inbox, for good.' },
    NEW: { description: 'A new one begins: one conversation for each matter. A new one counts for the plan as any other.' },
  },
});

@InputType({ description: 'Input of `inboxReopenSet`.' })
class InboxReopenSetInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;

  @Field(() => InboxReopen, { description: 'What happens from now on when somebody writes whose conversation is resolved.' })
  reopen!: InboxReopen;
}

@ObjectType({ description: 'Result of `inboxReopenSet`.' })
class InboxReopenSetPayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty when it was.' })
  userErrors!: UserError[];
}

const reopenOf = defineLoader<OperationContext, string, { id: string; reopen: InboxReopen }>({
  name: 'inbox.reopen', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<{ id: string; reopen: InboxReopen }>`select id, reopen from conversations.inbox where id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** @throws Refusal InboxNotFound */
function setReopen(context: OperationContext, id: string, reopen: InboxReopen): Promise<void> {
  return context.mutate(async ({ tx }, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Inbox', id } };
    const { rows: [inbox] } = await sql<{ reopen: InboxReopen }>`select reopen from conversations.inbox where id = ${id}::uuid for update`.execute(tx.getKysely());
    if (!inbox) throw new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', ['input', 'inboxId']);
    await sql`update conversations.inbox set reopen = ${reopen} where id = ${id}::uuid`.execute(tx.getKysely());
    audit.draft = { ...audit.draft, before: { reopen: inbox.reopen }, after: { reopen } };
  });
}

@Resolver(() => InboxType)
class InboxReopenResolver {
  @Mutation(() => InboxReopenSetPayload, { nullable: true, description: 'Says what happens in an inbox when somebody writes whose conversation is resolved. Repeating it changes nothing.' })
  async inboxReopenSet(@Arg('input', () => InboxReopenSetInput, { description: 'Which inbox, and what happens.' }) input: InboxReopenSetInput, @Ctx() context: OperationContext) {
    const id = inputId('inb', input.inboxId, ['input', 'inboxId']);
    await setReopen(context, id, input.reopen);
    return { inbox: await context.load(inboxById, id), userErrors: [] };
  }

  @FieldResolver(() => InboxReopen, { description: 'What happens when somebody writes whose conversation is resolved.' })
  async reopen(@Root() { id }: InboxRow, @Ctx() context: OperationContext) {
    return (await context.load(reopenOf, id))?.reopen ?? null;
  }
}

export const inboxReopenSlice: Slice = {
  resolvers: [InboxReopenResolver],
  rules: { Mutation: { inboxReopenSet: can('conversation:manage') }, Inbox: { reopen: inherited }, InboxReopenSetPayload: each(inherited, 'inbox', 'userErrors') },
  mutations: { inboxReopenSet: { action: 'inbox.reopen_set', type: 'DATA_WRITE', resource: 'Inbox' } },
  classes: { Inbox: { reopen: 'plain' } },
};
