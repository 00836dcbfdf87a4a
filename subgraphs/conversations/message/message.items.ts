// Each kind of item of a delivery, and what it does to the database. One item, or a run of messages, is one transaction.
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { IdentityChange, InboundItem } from '../channel/inbound.items.js';
import { noteOptIn, noteOptOut } from '../contact/contact.consent.js';
import { changeIdentity, type InboxOf } from '../contact/contact.identity.js';
import { applyAmendment } from './message.amend.js';
import { applyStatus } from './message.delivery.js';
import { ingestMessage } from './message.ingest.js';
import { applyKept, applyWatermark } from './message.watermark.js';

/** @returns true when it was new */
export function applyItem(unit: UnitOfWork, target: InboxOf, item: InboundItem): Promise<boolean> {
  switch (item.kind) {
    case 'message':
    case 'echo': return ingestMessage(unit, target, item);
    case 'status': return applyStatus(unit, target, item);
    case 'watermark': return applyWatermark(unit, target, item);
    case 'edit':
    case 'deletion':
    case 'reaction': return applyAmendment(unit, target, item);
    case 'identity': return changed(unit, target, item);
    case 'consent': return (item.wanted ? noteOptIn : noteOptOut)(unit, target, item.contact.externalId, 'CUSTOMER', item.occurredAt);
  }
}

async function changed(unit: UnitOfWork, target: InboxOf, item: IdentityChange): Promise<boolean> {
  const isNew = await changeIdentity(unit, target, item);
  if (isNew) await applyKept(unit, target, item.to.externalId);
  return isNew;
}
