// The names by which an inbox knows a contact. Holding one's row, all that is told of a person happens one after the other.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Correspondent, IdentityChange } from '../channel/inbound.items.js';
import { lockName } from '../message/message.lock.js';
import { db } from '../tables.js';
import { Contact } from './contact.entity.js';

export interface InboxOf {
  tenantId: string;
  inboxId: string;
}

/** Finds or creates the contact, and holds its identity row. */
export async function lockContact(unit: UnitOfWork, target: InboxOf, contact: Correspondent): Promise<string> {
  const contactId = await lockContactOf(unit, target, contact, null);
  if (contactId === null) throw new Error('A contact was neither found nor created.');
  return contactId;
}

/** As `lockContact`, for whoever wrote a message; null, and nothing is created or held, when that message is there already. */
export async function lockContactOf(unit: UnitOfWork, { tenantId, inboxId }: InboxOf, contact: Correspondent, messageId: string | null, wroteAt: Date | null = null): Promise<string | null> {
  const fresh = newId();
  const unlessStored = messageId === null ? sql`` : sql`where not exists (select from conversations.message m where m.inbox_id = ${inboxId}::uuid and m.external_id = ${messageId})`;
  const result = await sql<{ contact_id: string; nameless: boolean | null }>`
    insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, phone, created_at, last_wrote_at)
    select ${tenantId}::uuid, ${inboxId}::uuid, ${contact.externalId}, ${fresh}::uuid, ${contact.phone}, ${unit.now}::timestamptz, ${wroteAt}::timestamptz ${unlessStored}
    on conflict (tenant_id, inbox_id, external_id) do update set phone = coalesce(excluded.phone, contact_identity.phone), last_wrote_at = greatest(contact_identity.last_wrote_at, excluded.last_wrote_at)
    returning contact_id, (select c.name is null from conversations.contact c where c.tenant_id = contact_identity.tenant_id and c.id = contact_identity.contact_id) as nameless`
    .execute(unit.tx.getKysely());
  const [row] = result.rows;
  if (!row) return null;
  const { contact_id: contactId, nameless } = row;
  if (contactId === fresh) {
    await lockName(unit, inboxId, contact.externalId);
    unit.tx.create(Contact, { id: fresh, tenantId, name: contact.name, createdAt: unit.now, email: null, phone: null, identifier: null, attributes: {}, blockedAt: null, mergedInto: null });
    await unit.tx.flush();
  } else if (contact.name !== null && nameless === true) {
    await db(unit.tx).updateTable('Contact').set({ name: contact.name }).where('id', '=', contactId).where('name', 'is', null).execute();
  }
  return contactId;
}

/**
 * Holds every name by which the inbox knows the contact, in one order. The contact itself comes first, as whoever deletes one takes
 * it before its names. @returns whether there is such a contact, whether it is part of another one, and whether the inbox has a name for them
 */
export async function lockKnownContact(unit: UnitOfWork, { inboxId }: InboxOf, contactId: string): Promise<{ known: boolean; merged: boolean; reachable: boolean }> {
  const contact = await db(unit.tx).selectFrom('Contact').select('mergedInto').where('id', '=', contactId).forKeyShare().executeTakeFirst();
  if (!contact) return { known: false, merged: false, reachable: false };
  const names = await db(unit.tx).selectFrom('ContactIdentity').select('externalId').where('inboxId', '=', inboxId).where('contactId', '=', contactId)
    .orderBy('externalId').forUpdate().execute();
  return { known: true, merged: contact.mergedInto !== null, reachable: names.length > 0 };
}

/**
 * The contact is known by the new id too, and is written to by it. A new id that is somebody's already stays theirs: whether
 * two contacts are one person is for a person to say.
 */
export async function changeIdentity(unit: UnitOfWork, target: InboxOf, { from, to, occurredAt }: IdentityChange): Promise<boolean> {
  if (from.externalId === to.externalId) return false;
  const contactId = await lockContact(unit, target, from);
  const taken = await sql`
    insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, phone, created_at)
    values (${target.tenantId}::uuid, ${target.inboxId}::uuid, ${to.externalId}, ${contactId}::uuid, ${to.phone}, ${unit.now})
    on conflict do nothing`.execute(unit.tx.getKysely());
  if (Number(taken.numAffectedRows ?? 0) === 0) return false;
  await db(unit.tx).updateTable('ContactIdentity').set({ replacedAt: occurredAt }).where('inboxId', '=', target.inboxId).where('externalId', '=', from.externalId).execute();
  unit.audit({ action: 'contact.change_number', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Contact', id: contactId } });
  return true;
}
