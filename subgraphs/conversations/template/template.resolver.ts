// Templates: listed, and fetched from their channel.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { decodeCursor, encodeCursor, pageOf, pageSize } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import { sql } from 'kysely';
import type { TemplateForm } from '../channel/template.js';
import type { ConversationsServices } from '../services.js';
import { db } from '../tables.js';
import { MessageTemplatesArgs, MessageTemplatesSyncInput } from './template.inputs.js';
import { MessageTemplateConnection, MessageTemplatesSyncPayload } from './template.type.js';

const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0') && value.isWellFormed();

@Resolver()
export class TemplateResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => MessageTemplateConnection, { nullable: true, description: 'Templates of an inbox of your tenant as they were last fetched, by name, then by language. Empty for another tenant\'s.' })
  async messageTemplates(@Args(() => MessageTemplatesArgs) { inboxId, first, after }: MessageTemplatesArgs, @Ctx() context: OperationContext) {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [isText, isText]);
    let query = db(await context.read()).selectFrom('MessageTemplate').select(['name', 'language', 'category', 'status', 'form', 'syncedAt'])
      .where('inboxId', '=', inputId('inb', inboxId, ['inboxId'])).orderBy('name').orderBy('language').limit(size + 1);
    if (cursor) query = query.where(sql<boolean>`(name, language) > (${String(cursor[0])}, ${String(cursor[1])})`);
    const rows = (await query.execute()).map(({ form, ...row }) => ({ ...row, ...(form as TemplateForm) }));
    return pageOf(rows, size, after, ({ name, language }) => encodeCursor([name, language]));
  }

  @Mutation(() => MessageTemplatesSyncPayload, {
    nullable: true,
    description: 'Fetches the templates of an inbox from its channel (WhatsApp; the inbox needs the id of its business account). Those that are gone there are gone here.',
  })
  async messageTemplatesSync(@Arg('input', () => MessageTemplatesSyncInput, { description: 'Of which inbox.' }) input: MessageTemplatesSyncInput, @Ctx() context: OperationContext) {
    const inboxId = inputId('inb', input.inboxId, ['input', 'inboxId']);
    const count = await this.services.templates.sync(context, inboxId);
    return { inbox: await context.load(inboxById, inboxId), count, userErrors: [] };
  }
}
