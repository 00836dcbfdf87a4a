// What becomes of a reaction in the ledger: a fact when the provider has taken it, and nothing when it has not.
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { applyAmendment } from '../message/message.amend.js';
import { db } from '../tables.js';
import type { OutboundState } from './outbound.entity.js';

export interface Reaction {
  /** The message it is to, and the provider's id of that. */
  messageId: string;
  externalId: string;
  emoji: string | null;
  /** When it was handed over: of two, the later stands. */
  at: Date;
}

/** Takes the locks in their order: reports, contact, message; the ledger's row is last. */
export async function keepReaction(unit: UnitOfWork, target: InboxOf, id: string, to: string, { externalId, emoji, at }: Reaction): Promise<void> {
  await applyAmendment(unit, target, { kind: 'reaction', externalId, emoji, contact: { externalId: to, name: null, phone: null }, side: 'BUSINESS', occurredAt: at, eventId: id });
  await db(unit.tx).updateTable('Outbound').set({ state: 'ACCEPTED', refusal: null }).where('messageId', '=', id).execute();
}

export async function refuseReaction(unit: UnitOfWork, id: string, messageId: string, refusal: string, from: OutboundState[]): Promise<void> {
  const { numUpdatedRows } = await db(unit.tx).updateTable('Outbound').set({ state: 'REFUSED', refusal }).where('messageId', '=', id).where('state', 'in', from).executeTakeFirst();
  if (numUpdatedRows === 0n) return;
  unit.audit({ action: 'message.refuse_reaction', type: 'DATA_WRITE', outcome: 'FAILURE', resource: { type: 'Message', id: messageId } });
}
