// Contacts made by staff or import, before they ever wrote.
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { Contact, ContactIdentity } from './contact.entity.js';

export interface KnownContact {
  id: string;
  name: string;
  inboxId: string;
  /** The contact's id at the inbox's provider. */
  externalId: string;
  phone: string | null;
}

export class ContactService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Creates the contact unless its inbox knows the external id already. @returns the id of the contact that has it */
  async create(tenantId: string, contact: KnownContact, correlationId: string): Promise<string> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId }, async (unit) => {
      const known = await db(unit.tx).selectFrom('ContactIdentity').select('contactId')
        .where('inboxId', '=', contact.inboxId).where('externalId', '=', contact.externalId).executeTakeFirst();
      if (known) return known.contactId;
      unit.tx.create(Contact, { id: contact.id, tenantId, name: contact.name, createdAt: unit.now, email: null, phone: null, identifier: null, attributes: {}, blockedAt: null, mergedInto: null });
      await unit.tx.flush();
      unit.tx.create(ContactIdentity, {
        tenantId, inboxId: contact.inboxId, externalId: contact.externalId, contactId: contact.id, phone: contact.phone, createdAt: unit.now, replacedAt: null,
      });
      unit.audit({ action: 'contact.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Contact', id: contact.id } });
      return contact.id;
    });
  }
}
