// What a bot wrote is handed over only while the conversation is the bot's: a person who wrote meanwhile is not talked over.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

/**
 * Holds the conversation as it is: whoever takes over does so before this attempt or after it. @returns null when somebody changes it at this moment: that is
 * not waited for, as they may wait for what the attempt holds; it is looked at again
 */
export async function botHas({ tx }: UnitOfWork, conversationId: string, botId: string | null): Promise<boolean | null> {
  const { rows: [held] } = await sql<{ botId: string | null }>`select bot_id as "botId" from conversations.conversation where id = ${conversationId}::uuid for share skip locked`.execute(tx.getKysely());
  return held ? held.botId === botId : null;
}

/** Written by a bot that is in charge no more. */
export async function isOvertaken({ tx }: UnitOfWork, messageId: string): Promise<boolean> {
  const { rows } = await sql`select from conversations.message m join conversations.conversation c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
    where m.id = ${messageId}::uuid and m.author_kind = 'BOT' and c.bot_id is distinct from m.author_id`.execute(tx.getKysely());
  return rows.length > 0;
}
