// Who is writing in a conversation at this moment: told to colleagues, and kept nowhere.
import { z } from 'zod';
import { notFound } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { momentIterator, type MomentHub } from '../../kernel/messaging/moments.js';
import { conversationById } from '../conversation/conversation.loaders.js';
import { CONVERSATION, holdConversation } from '../conversation/conversation.change.js';

/** Clients that go on writing repeat themselves sooner. */
const LASTS_MS = 8_000;

const author = z.union([z.object({ userId: z.uuid() }), z.object({ contactId: z.uuid() })]);
const said = z.object({ author, until: z.iso.datetime().nullable() });
export type TypingAuthor = z.infer<typeof author>;

const keyOf = (conversationId: string): string => `typing/${conversationId}`;

export class TypingService {
  constructor(private readonly moments: MomentHub) {}

  /** The caller writes, or has stopped. @returns until when it counts. @throws Refusal ConversationNotFound */
  async set(context: OperationContext, conversation: string, typing: boolean): Promise<Date | null> {
    const conversationId = inputId('conv', conversation, CONVERSATION);
    const [{ tenantId }, userId] = [context, context.userId];
    const now = await context.mutate(async (unit, audit) => {
      await holdConversation(unit, conversationId);
      // Said every few seconds: the trail keeps it apart from what changes something.
      audit.draft = { ...audit.draft, resource: { type: 'Conversation', id: conversationId }, severity: 'DEBUG' };
      return unit.now;
    });
    return this.tell(tenantId, conversationId, { userId }, typing, now);
  }

  /** Tells who looks at the conversation. @returns until when it counts */
  tell(tenantId: string, conversationId: string, who: TypingAuthor, typing: boolean, now: Date): Date | null {
    const until = typing ? new Date(now.getTime() + LASTS_MS) : null;
    this.moments.tell(tenantId, keyOf(conversationId), { author: who, until: until?.toISOString() ?? null } satisfies z.infer<typeof said>);
    return until;
  }

  /** @throws NOT_FOUND */
  async open(context: OperationContext, conversation: string): Promise<AsyncIterableIterator<Record<string, unknown>>> {
    const conversationId = inputId('conv', conversation, ['conversationId']);
    if (!(await context.load(conversationById, conversationId))) throw notFound('The conversation');
    const stream = this.moments.open(context.tenantId, keyOf(conversationId));
    await context.close();
    return momentIterator(stream, (moment) => {
      const { author: who, until } = said.parse(moment);
      return { conversationId, author: who, typing: until !== null, until: until && new Date(until) };
    });
  }
}
