// Bots: the list, one of them, and managing them.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { encodeId } from '../../kernel/base/ids.js';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { OperationContext, inputId } from '../../kernel/graphql/context.js';
import type { TenancyServices } from '../services.js';
import { BotAssignInput, BotCreateInput, BotDeleteInput, BotDisableInput, BotEnableInput, BotUpdateInput } from './bot.inputs.js';
import { botById, inboxesOfBot, type BotRow } from './bot.loaders.js';
import {
  BotAssignPayload, BotConnection, BotCreatePayload, BotDeletePayload, BotDisablePayload, BotEnablePayload, BotType, BotUpdatePayload,
} from './bot.type.js';

const idOf = ({ botId }: { botId: string }): string => inputId('bot', botId, ['input', 'botId']);

@Resolver(() => BotType)
export class BotResolver {
  constructor(private readonly services: TenancyServices) {}

  @Query(() => BotConnection, { nullable: true, description: 'The bots of the tenant, newest first.' })
  bots(@Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return this.services.bots.page(context, page);
  }

  @Query(() => BotType, { nullable: true, description: 'One bot of the tenant; null when there is none of this id.' })
  bot(@Arg('id', () => ID, { description: 'The bot, `bot_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(botById, inputId('bot', id, ['id']));
  }

  @FieldResolver()
  async inboxes(@Root() { id }: BotRow, @Ctx() context: OperationContext): Promise<object[]> {
    return await context.load(inboxesOfBot, id) ?? [];
  }

  @Mutation(() => BotCreatePayload, { nullable: true, description: 'Makes a bot, switched off and without inboxes. It counts against the tier until it is removed.' })
  async botCreate(@Ctx() context: OperationContext, @Arg('input', () => BotCreateInput, { description: 'The bot.' }) input: BotCreateInput) {
    return this.#done(context, await this.services.bots.create(context, input));
  }

  @Mutation(() => BotUpdatePayload, { nullable: true, description: 'Changes what a bot is called and described as.' })
  async botUpdate(@Ctx() context: OperationContext, @Arg('input', () => BotUpdateInput, { description: 'What to change.' }) input: BotUpdateInput) {
    const id = idOf(input);
    await this.services.bots.update(context, id, input);
    return this.#done(context, id);
  }

  @Mutation(() => BotEnablePayload, { nullable: true, description: 'Switches a bot on. Repeating it changes nothing.' })
  async botEnable(@Ctx() context: OperationContext, @Arg('input', () => BotEnableInput, { description: 'Which bot.' }) input: BotEnableInput) {
    const id = idOf(input);
    await this.services.bots.switch(context, id, true);
    return this.#done(context, id);
  }

  @Mutation(() => BotDisablePayload, { nullable: true, description: 'Switches a bot off; it still counts against the tier. Repeating it changes nothing.' })
  async botDisable(@Ctx() context: OperationContext, @Arg('input', () => BotDisableInput, { description: 'Which bot.' }) input: BotDisableInput) {
    const id = idOf(input);
    await this.services.bots.switch(context, id, false);
    return this.#done(context, id);
  }

  @Mutation(() => BotAssignPayload, { nullable: true, description: 'Sets which inboxes a bot serves. An inbox has one bot at most.' })
  async botAssign(@Ctx() context: OperationContext, @Arg('input', () => BotAssignInput, { description: 'Bot and inboxes.' }) input: BotAssignInput) {
    const id = idOf(input);
    await this.services.bots.assign(context, id, input.inboxIds.map((inboxId) => inputId('inb', inboxId, ['input', 'inboxIds'])));
    return this.#done(context, id);
  }

  @Mutation(() => BotDeletePayload, { nullable: true, description: 'Removes a bot for good, so that another can be made in its place.' })
  async botDelete(@Ctx() context: OperationContext, @Arg('input', () => BotDeleteInput, { description: 'Which bot.' }) input: BotDeleteInput) {
    const id = idOf(input);
    await this.services.bots.remove(context, id);
    return { botId: encodeId('bot', id), userErrors: [] };
  }

  async #done(context: OperationContext, id: string) {
    return { bot: await context.load(botById, id), userErrors: [] };
  }
}
