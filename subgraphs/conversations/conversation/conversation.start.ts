// Staff begin: the contact's conversation in the inbox, and a message in it, in one transaction.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { contactMerged } from '../contact/contact.hold.js';
import { lockKnownContact, type InboxOf } from '../contact/contact.identity.js';
import { checkKey, compose } from '../message/message.compose.js';
import type { MessageParts } from '../message/message.parts.inputs.js';
import { claimKey, queueMessage, type PersonsMessage } from '../message/message.send.js';
import { contactBlocked } from '../contact/contact.block.js';
import { db } from '../tables.js';
import { moveConversation } from './conversation.change.js';
import { lockConversation } from './conversation.open.js';
import { TRANSITIONS } from './conversation.states.js';

const CONTACT = ['input', 'contactId'];

export interface StartInput extends MessageParts {
  contactId: string;
  inboxId: string;
}

export interface Started {
  conversationId: string;
  messageId: string;
}

/**
 * Locks in the order of whoever takes in what the contact writes: identity, conversation, counters. The key comes before all of them.
 * @returns what it made, or what an equal earlier request made @throws Refusal QuotaExceeded and others
 */
export async function startConversation(context: OperationContext, { contactId, inboxId, idempotencyKey, ...parts }: StartInput): Promise<Started> {
  const composed = compose(parts);
  checkKey(idempotencyKey);
  const message: PersonsMessage = { id: newId(), tenantId: context.tenantId, userId: context.userId, composed, idempotencyKey };
  return context.mutate(async (unit, audit) => {
    const earlier = await claimKey(unit, message, [inboxId, contactId]);
    if (earlier !== null) {
      const { conversationId } = await db(unit.tx).selectFrom('Message').select('conversationId').where('id', '=', earlier).executeTakeFirstOrThrow();
      audit.draft = { ...audit.draft, resource: { type: 'Conversation', id: conversationId }, after: { message: encodeId('msg', earlier), repeated: true } };
      return { conversationId, messageId: earlier };
    }
    const target = { tenantId: message.tenantId, inboxId };
    await reach(unit, target, contactId);
    const { id, status: before, begun, blocked } = await lockConversation(unit, target, contactId, 'START');
    if (blocked) throw contactBlocked(CONTACT);
    const status = TRANSITIONS.STAFF_BEGAN[before] === before ? before : await moveConversation(unit, { id, inboxId, status: before }, 'STAFF_BEGAN');
    unit.audit({ action: 'message.send', type: 'DATA_WRITE', outcome: 'SUCCESS', ...await queueMessage(unit, message, id, CONTACT) });
    audit.draft = {
      ...audit.draft, resource: { type: 'Conversation', id }, ...(begun ? {} : { before: { status: before } }), after: { status, message: encodeId('msg', message.id) },
    };
    return { conversationId: id, messageId: message.id };
  });
}

/** @throws Refusal unless both are of the tenant and the inbox knows the contact */
async function reach(unit: UnitOfWork, target: InboxOf, contactId: string): Promise<void> {
  const inbox = await db(unit.tx).selectFrom('Inbox').select('id').where('id', '=', target.inboxId).where('state', '<>', 'DELETED').executeTakeFirst();
  if (!inbox) throw new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', ['input', 'inboxId']);
  const { known, merged, reachable } = await lockKnownContact(unit, target, contactId);
  if (!known) throw new Refusal('ContactNotFound', ErrorCode.NOT_FOUND, 'The contact was not found.', CONTACT);
  if (merged) throw contactMerged(CONTACT);
  if (!reachable) throw new Refusal('ContactUnreachable', ErrorCode.BAD_USER_INPUT, 'This inbox has no address of the contact.', CONTACT);
}
