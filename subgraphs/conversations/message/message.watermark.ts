// "Everything up to here": what was sent to a customer until a moment has been received or read, whatever single reports say.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Watermark } from '../channel/inbound.items.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { db } from '../tables.js';
import { settle, type SettledMessage } from './message.delivery.js';

/** @returns true when it reached further than the one before; false also for somebody to whom nothing can have been sent */
export async function applyWatermark(unit: UnitOfWork, { tenantId, inboxId }: InboxOf, item: Watermark): Promise<boolean> {
  const conversation = await db(unit.tx).selectFrom('Conversation').innerJoin('ContactIdentity', (join) =>
    join.onRef('ContactIdentity.contactId', '=', 'Conversation.contactId').onRef('ContactIdentity.inboxId', '=', 'Conversation.inboxId'))
    .select('Conversation.id as id').where('ContactIdentity.inboxId', '=', inboxId).where('ContactIdentity.externalId', '=', item.contact.externalId).executeTakeFirst();
  if (!conversation) return false;
  await db(unit.tx).insertInto('Watermark').values({ tenantId, conversationId: conversation.id, state: item.state, upTo: new Date(0), seq: 0 })
    .onConflict((conflict) => conflict.doNothing()).execute();
  const known = await db(unit.tx).selectFrom('Watermark').select(['upTo', 'seq']).where('conversationId', '=', conversation.id).where('state', '=', item.state)
    .forUpdate().executeTakeFirstOrThrow();
  if (item.upTo <= known.upTo) return false;
  // In order of their places, and holding each: one whose answer is just being noted is seen here, or sees the watermark.
  const messages = await db(unit.tx).selectFrom('Message').innerJoin('Outbound', 'Outbound.messageId', 'Message.id')
    .select(['Message.id as id', 'Message.tenantId as tenantId', 'Message.conversationId as conversationId', 'Message.inboxId as inboxId', 'Message.status as status',
      'Message.externalId as externalId', 'Message.seq as seq'])
    .where('Message.conversationId', '=', conversation.id).where('Message.seq', '>', known.seq).where('Outbound.attemptedAt', '<=', item.upTo)
    .orderBy('Message.seq').modifyEnd(sql`for update of message`).execute();
  // What is still under way is looked at again by the next watermark.
  const unanswered = messages.find(({ externalId }) => externalId === null);
  await db(unit.tx).updateTable('Watermark').set({ upTo: item.upTo, seq: (unanswered ? unanswered.seq - 1 : messages.at(-1)?.seq) ?? known.seq })
    .where('conversationId', '=', conversation.id).where('state', '=', item.state).execute();
  for (const { externalId, ...message } of messages as (SettledMessage & { seq: number })[]) {
    if (externalId !== null) await settle(unit, { ...message, externalId }, externalId);
  }
  return true;
}
