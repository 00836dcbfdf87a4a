// Contacts by name, address or number: the latest first, or those of conversations.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { Terms } from './search.terms.js';

/** So few are looked at one by one; more are found soon enough along a list. */
export const FEW = 1_000;

/** The contacts that hold the terms, when they are few; null: they are many. */
export async function fewContacts(tx: Tx, { terms, open }: Terms): Promise<string[] | null> {
  const { rows } = await sql<{ id: string }>`select s.id from conversations.contact_search(${terms}::text[], ${open}::boolean, ${FEW + 1}::integer) s`.execute(tx.getKysely());
  return rows.length > FEW ? null : [...new Set(rows.map(({ id }) => id))];
}

/** The conversations of these contacts: at most one an inbox. */
export async function conversationsOf(tx: Tx, contacts: readonly string[]): Promise<string[]> {
  if (contacts.length === 0) return [];
  const { rows } = await sql<{ id: string }>`select c.id from conversations.inbox i join conversations.conversation c on c.tenant_id = i.tenant_id and c.inbox_id = i.id
    where c.contact_id = any (${[...contacts]}::uuid[])`.execute(tx.getKysely());
  return rows.map(({ id }) => id);
}
