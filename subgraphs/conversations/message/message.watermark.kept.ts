// How far a person has received and read what was sent to them, whether or not there is a conversation yet in which that holds.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Watermark } from '../channel/inbound.items.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { db } from '../tables.js';
import { lockName } from './message.lock.js';

export type Mark = Pick<Watermark, 'state' | 'upTo'>;

/** @returns true when it reaches further than what was told before */
export async function keepMark(unit: UnitOfWork, { tenantId, inboxId }: InboxOf, externalId: string, { state, upTo }: Mark): Promise<boolean> {
  const kept = await sql`
    insert into conversations.contact_watermark as known (tenant_id, inbox_id, external_id, state, up_to)
    values (${tenantId}::uuid, ${inboxId}::uuid, ${externalId}, ${state}, ${upTo})
    on conflict (tenant_id, inbox_id, external_id, state) do update set up_to = excluded.up_to where excluded.up_to > known.up_to`.execute(unit.tx.getKysely());
  return Number(kept.numAffectedRows ?? 0) > 0;
}

export const marksOf = ({ tx }: UnitOfWork, { inboxId }: InboxOf, externalId: string): Promise<Mark[]> =>
  db(tx).selectFrom('ContactWatermark').select(['state', 'upTo']).where('inboxId', '=', inboxId).where('externalId', '=', externalId).execute();

/**
 * Holds every name by which the inbox knows this person, in one order, as whoever takes in what they write holds one. Of somebody
 * whom it does not know, nobody makes them known meanwhile.
 */
export async function holdPerson(unit: UnitOfWork, target: InboxOf, externalId: string): Promise<void> {
  if (await heldNames(unit, target, externalId)) return;
  await lockName(unit, target.inboxId, externalId);
  // They were made known, or merged, until just now.
  await heldNames(unit, target, externalId);
}

async function heldNames({ tx }: UnitOfWork, { tenantId, inboxId }: InboxOf, externalId: string): Promise<boolean> {
  const { rows } = await sql`
    select from conversations.contact_identity n where n.tenant_id = ${tenantId}::uuid and n.inbox_id = ${inboxId}::uuid and n.contact_id = (
      select i.contact_id from conversations.contact_identity i where i.tenant_id = ${tenantId}::uuid and i.inbox_id = ${inboxId}::uuid and i.external_id = ${externalId})
    order by n.external_id for update`.execute(tx.getKysely());
  return rows.length > 0;
}

/** What was told before the conversation began holds in it too. Whoever asks holds the contact's identity. */
export async function beginMarks({ tx }: UnitOfWork, { tenantId, inboxId }: InboxOf, contactId: string, conversationId: string): Promise<void> {
  await sql`
    insert into conversations.watermark (tenant_id, conversation_id, state, up_to, seq)
    select i.tenant_id, ${conversationId}::uuid, k.state, max(k.up_to), 0
    from conversations.contact_identity i join conversations.contact_watermark k on k.tenant_id = i.tenant_id and k.inbox_id = i.inbox_id and k.external_id = i.external_id
    where i.tenant_id = ${tenantId}::uuid and i.contact_id = ${contactId}::uuid and i.inbox_id = ${inboxId}::uuid
    group by i.tenant_id, k.state`.execute(tx.getKysely());
}
