// Looking for messages by their words.
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { badInput } from '../../kernel/base/errors.js';
import { idFloor, isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { messageById } from '../message/message.loaders.js';
import { excerptOf } from './search.excerpt.js';
import { MessageMatchConnection, type MessageMatch, type MessageSearchArgs, MessageSearchArgs as SearchArgs } from './message.search.type.js';
import { ofInbox, searchInConversation, searchMessages, type MessageSearch } from './search.messages.js';
import { termsOf } from './search.terms.js';

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

@Resolver()
export class MessageSearchResolver {
  @Query(() => MessageMatchConnection, {
    nullable: true,
    description: 'Messages of your tenant that hold the words, the newest first. Rare words are looked for in some thousands of candidates a page: such a page may hold fewer than '
      + 'asked for, or none, while `hasNextPage` is true. Go on after its `endCursor`.',
  })
  async messageSearch(@Args(() => SearchArgs) { first, after, query, filter }: MessageSearchArgs, @Ctx() context: OperationContext): Promise<Page<MessageMatch>> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [isUuidText]);
    const terms = termsOf(query, ['query']);
    const { conversationId, inboxId, from = null, to = null } = filter ?? {};
    if (from && to && from >= to) throw badInput('filter.from must be before filter.to.', ['filter', 'from']);
    const given = (id: string | null | undefined): id is string => id !== null && id !== undefined;
    const conversation = given(conversationId) ? inputId('conv', conversationId, ['filter', 'conversationId']) : null;
    const where = given(inboxId) ? [ofInbox(inputId('inb', inboxId, ['filter', 'inboxId']))] : [];
    const bounds = [...(cursor ? [String(cursor[0])] : []), ...(to ? [idFloor(to)] : [])].sort();
    const search: MessageSearch = { terms, below: bounds[0] ?? null, since: from && idFloor(from), most: size + 1, where };
    const tx = await context.read();
    const { hits, onward } = conversation === null ? await searchMessages(tx, search) : await searchInConversation(tx, search, conversation);
    const found = await Promise.all(hits.map(async ({ id }) => context.load(messageById, id)));
    const matches = found.flatMap((message) => (message ? [{ id: message.id, message, excerpt: excerptOf(message.text ?? '', terms) }] : []));
    const page = pageOf(matches, size, after, ({ id }) => encodeCursor([id]));
    return onward === null || page.pageInfo.hasNextPage ? page : { ...page, pageInfo: { ...page.pageInfo, hasNextPage: true, endCursor: encodeCursor([onward]) } };
  }
}
