// What becomes of a change in the ledger: a fact when the provider has taken it, and nothing of the message when it has not. Its words are kept there no longer.
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Said } from '../channel/content.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { MessageUpdated } from '../events.js';
import { applyAmendment } from '../message/message.amend.js';
import { db } from '../tables.js';
import type { ChangeKind, OutboundState } from './outbound.entity.js';

/** Of which message, and of what kind. */
export interface ChangeOf {
  messageId: string;
  kind: ChangeKind;
}

export interface Change extends ChangeOf {
  /** The provider's id of the message. */
  externalId: string;
  /** What it says from now on; null: it is taken back. */
  said: Said | null;
  /** When it was handed over: of two, the later stands. */
  at: Date;
}

const REFUSED = { EDIT: 'message.refuse_edit', DELETION: 'message.refuse_deletion' } as const;

/** Takes the locks in their order: reports, contact, message; the ledger's row is last. */
export async function keepChange(unit: UnitOfWork, target: InboxOf, id: string, to: string, { externalId, said, at }: Change): Promise<void> {
  const about = { externalId, contact: { externalId: to, name: null, phone: null }, side: 'BUSINESS' as const, occurredAt: at, eventId: id };
  await applyAmendment(unit, target, said === null ? { kind: 'deletion', ...about } : { kind: 'edit', ...about, said });
  await db(unit.tx).updateTable('Outbound').set({ state: 'ACCEPTED', refusal: null, changeText: null }).where('messageId', '=', id).execute();
}

/** The message is as it was, which whoever asked is to see. */
export async function refuseChange(unit: UnitOfWork, id: string, { messageId, kind }: ChangeOf, refusal: string, from: OutboundState[]): Promise<void> {
  if (!await end(unit, id, messageId, 'REFUSED', refusal, from)) return;
  unit.audit({ action: REFUSED[kind], type: 'DATA_WRITE', outcome: 'FAILURE', resource: { type: 'Message', id: messageId } });
}

/** Nobody knows whether the customer saw it: a person decides, and may ask for it again. */
export const leaveChange = (unit: UnitOfWork, id: string, messageId: string): Promise<boolean> => end(unit, id, messageId, 'UNCONFIRMED', null, ['ATTEMPTED']);

async function end(unit: UnitOfWork, id: string, messageId: string, state: 'REFUSED' | 'UNCONFIRMED', refusal: string | null, from: OutboundState[]): Promise<boolean> {
  const moved = await db(unit.tx).updateTable('Outbound').set({ state, refusal, changeText: null }).where('messageId', '=', id).where('state', 'in', from)
    .returning(['conversationId', 'inboxId']).executeTakeFirst();
  if (!moved) return false;
  unit.emit(MessageUpdated, { messageId, ...moved }, { streamId: moved.conversationId, groupId: moved.inboxId });
  return true;
}
