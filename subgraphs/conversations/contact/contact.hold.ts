// Contacts that staff change: every name of theirs in every inbox first, as whoever takes in what they write, then they themselves.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Attributes } from '../attribute/attribute.values.js';

export interface HeldContact {
  id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  identifier: string | null;
  attributes: Attributes;
  blockedAt: Date | null;
  mergedInto: string | null;
}

/**
 * Not `for update`: whoever begins a conversation holds the contact's key while waiting for its names.
 * @returns them in the order asked @throws Refusal ContactNotFound, ContactMerged for what is part of another one
 */
export async function holdContacts({ tx }: UnitOfWork, wanted: readonly { id: string; field: readonly string[] }[]): Promise<HeldContact[]> {
  const ids = wanted.map(({ id }) => id);
  const kysely = tx.getKysely();
  await sql`select from conversations.contact_identity where contact_id = any (${ids}::uuid[]) order by inbox_id, external_id for update`.execute(kysely);
  const { rows } = await sql<HeldContact>`select id, name, email, phone, identifier, attributes, blocked_at as "blockedAt", merged_into as "mergedInto"
    from conversations.contact where id = any (${ids}::uuid[]) order by id for no key update`.execute(kysely);
  return wanted.map(({ id, field }) => {
    const held = rows.find((row) => row.id === id);
    if (!held) throw new Refusal('ContactNotFound', ErrorCode.NOT_FOUND, 'The contact was not found.', field);
    if (held.mergedInto !== null) throw contactMerged(field);
    return held;
  });
}

export const contactMerged = (field: readonly string[]): Refusal =>
  new Refusal('ContactMerged', ErrorCode.WRONG_STATE, 'This contact is part of another one now: `mergedInto` names it.', field);
