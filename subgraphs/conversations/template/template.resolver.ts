// Templates: listed, and fetched from their channel.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import type { ConversationsServices } from '../services.js';
import { MessageTemplatesArgs, MessageTemplatesSyncInput } from './template.inputs.js';
import { MessageTemplateConnection, MessageTemplatesSyncPayload } from './template.type.js';

@Resolver()
export class TemplateResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => MessageTemplateConnection, { nullable: true, description: 'Templates of an inbox of your tenant as they were last fetched, by name, then by language. Empty for another tenant\'s.' })
  messageTemplates(@Args(() => MessageTemplatesArgs) { inboxId, first, after }: MessageTemplatesArgs, @Ctx() context: OperationContext) {
    return this.services.templates.list(context, inputId('inb', inboxId, ['inboxId']), first, after);
  }

  @Mutation(() => MessageTemplatesSyncPayload, {
    nullable: true,
    description: 'Fetches the templates of an inbox from its channel (WhatsApp, whose inbox needs the id of its business account, and WhatsApp through Twilio). Those that are gone there are gone here.',
  })
  async messageTemplatesSync(@Arg('input', () => MessageTemplatesSyncInput, { description: 'Of which inbox.' }) input: MessageTemplatesSyncInput, @Ctx() context: OperationContext) {
    const inboxId = inputId('inb', input.inboxId, ['input', 'inboxId']);
    const count = await this.services.templates.sync(context, inboxId);
    return { inbox: await context.load(inboxById, inboxId), count, userErrors: [] };
  }
}
