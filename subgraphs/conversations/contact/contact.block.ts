// Somebody who is blocked: what they write is kept in resolved conversations, nobody waits for them, and nothing is sent to them.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { moveConversation } from '../conversation/conversation.change.js';
import { db } from '../tables.js';
import { holdContacts } from './contact.hold.js';

export const contactBlocked = (field: readonly string[]): Refusal =>
  new Refusal('ContactBlocked', ErrorCode.WRONG_STATE, 'This contact is blocked: unblock them before writing to them.', field);

/** @throws Refusal ContactBlocked when the contact of a conversation is blocked */
export async function refuseBlocked({ tx }: UnitOfWork, conversationId: string, field: readonly string[]): Promise<void> {
  const { rows } = await sql`select from conversations.conversation c join conversations.contact t on t.tenant_id = c.tenant_id and t.id = c.contact_id
    where c.id = ${conversationId}::uuid and t.blocked_at is not null`.execute(tx.getKysely());
  if (rows.length > 0) throw contactBlocked(field);
}

/** Locks as whoever takes in what they write: a message is either before it, and resolved with the rest, or after it. @throws Refusal ContactNotFound, ContactMerged */
export function setBlocked(context: OperationContext, contactId: string, blocked: boolean): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Contact', id: contactId } };
    const [contact] = await holdContacts(unit, [{ id: contactId, field: ['input', 'contactId'] }]);
    const before = contact !== undefined && contact.blockedAt !== null;
    if (before !== blocked) {
      await db(unit.tx).updateTable('Contact').set({ blockedAt: blocked ? unit.now : null }).where('id', '=', contactId).execute();
    }
    if (blocked) await resolveAll(unit, contactId);
    audit.draft = { ...audit.draft, before: { blocked: before }, after: { blocked } };
  });
}

async function resolveAll(unit: UnitOfWork, contactId: string): Promise<void> {
  const open = await db(unit.tx).selectFrom('Conversation').select(['id', 'inboxId', 'status']).where('contactId', '=', contactId).where('status', '<>', 'RESOLVED')
    .orderBy('id').forUpdate().execute();
  for (const conversation of open) {
    if (conversation.status !== 'RESOLVED') await moveConversation(unit, conversation, 'CONTACT_BLOCKED');
  }
}
