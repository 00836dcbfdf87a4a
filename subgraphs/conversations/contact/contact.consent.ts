// Whether somebody may be written to. A fact with its time, as what is said about messages: of two, the later holds, in whatever order they come.
import { sql, type RawBuilder } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import type { ConsentSource } from './contact.consent.entity.js';
import type { InboxOf } from './contact.identity.js';

/** They do not want to be written to by this inbox. @param occurredAt when they said so @returns false when nothing changed */
export const noteOptOut = (unit: UnitOfWork, target: InboxOf, externalId: string, source: ConsentSource, occurredAt = unit.now): Promise<boolean> =>
  note(unit, target, externalId, source, true, occurredAt);

/** They may be written to again. @param occurredAt when they said so @returns false when nothing changed */
export const noteOptIn = (unit: UnitOfWork, target: InboxOf, externalId: string, source: ConsentSource, occurredAt = unit.now): Promise<boolean> =>
  note(unit, target, externalId, source, false, occurredAt);

async function note(unit: UnitOfWork, { tenantId, inboxId }: InboxOf, externalId: string, source: ConsentSource, optedOut: boolean, occurredAt: Date): Promise<boolean> {
  // Who never opted out has nothing to take back.
  const fresh = optedOut ? sql`values (${tenantId}::uuid, ${inboxId}::uuid, ${externalId}, true, ${source}, ${occurredAt}::timestamptz)`
    : sql`select tenant_id, inbox_id, external_id, false, ${source}, ${occurredAt}::timestamptz from conversations.contact_consent
        where tenant_id = ${tenantId}::uuid and inbox_id = ${inboxId}::uuid and external_id = ${externalId}`;
  const before = await db(unit.tx).selectFrom('ContactConsent').select('optedOut').where('inboxId', '=', inboxId).where('externalId', '=', externalId).forUpdate().executeTakeFirst();
  const { numAffectedRows: changed = 0n } = await sql`
    insert into conversations.contact_consent as known (tenant_id, inbox_id, external_id, opted_out, source, changed_at) ${fresh}
    on conflict (tenant_id, inbox_id, external_id) do update set opted_out = excluded.opted_out, source = excluded.source, changed_at = excluded.changed_at
    where excluded.changed_at >= known.changed_at`.execute(unit.tx.getKysely());
  if (changed === 0n || (before?.optedOut ?? false) === optedOut) return false;
  const contact = await db(unit.tx).selectFrom('ContactIdentity').select('contactId').where('inboxId', '=', inboxId).where('externalId', '=', externalId).executeTakeFirst();
  unit.audit({
    action: optedOut ? 'contact.opt_out' : 'contact.opt_in', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Contact', id: contact?.contactId ?? null },
    before: { optedOut: !optedOut }, after: { optedOut, source },
  });
  return true;
}

/** Whether a contact does not want to be written to by an inbox, whichever of their names there they said it by. */
export const optedOut = (tenant: RawBuilder<unknown>, inbox: RawBuilder<unknown>, contact: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`exists (
  select from conversations.contact_identity own join conversations.contact_consent said using (tenant_id, inbox_id, external_id)
  where own.tenant_id = ${tenant} and own.inbox_id = ${inbox} and own.contact_id = ${contact} and said.opted_out)`;
