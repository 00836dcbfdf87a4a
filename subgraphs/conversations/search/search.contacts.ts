// Contacts by name, address or number.
import { sql, type RawBuilder } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { matchesPerson, type Terms } from './search.terms.js';

/** So few are looked at one by one; more are found soon enough along a list. */
const FEW = 1_000;
const FEW_CONVERSATIONS = 3_000;

/** The contacts that hold the terms, when they are few; null: they are many. */
export async function fewContacts(tx: Tx, { terms, open }: Terms): Promise<string[] | null> {
  const { rows } = await sql<{ id: string }>`select s.id from conversations.contact_search(${terms}::text[], ${open}::boolean, ${FEW + 1}::integer) s`.execute(tx.getKysely());
  return rows.length > FEW ? null : [...new Set(rows.map(({ id }) => id))];
}

/** Of these contacts; null: they have very many. */
export async function conversationsOf(tx: Tx, contacts: readonly string[]): Promise<string[] | null> {
  if (contacts.length === 0) return [];
  const { rows } = await sql<{ id: string }>`select c.id from conversations.conversation c where c.contact_id = any (${[...contacts]}::uuid[]) limit ${FEW_CONVERSATIONS + 1}`.execute(tx.getKysely());
  return rows.length > FEW_CONVERSATIONS ? null : rows.map(({ id }) => id);
}

/** Contacts that one page may look at when very many hold the words. */
const WINDOW = 5_000;

/** What a list of contacts, newest first, asks of each. `onward`: it ends there, and may go on below. @param below null: from the newest */
export async function soughtContacts(tx: Tx, terms: Terms, below: string | null): Promise<{ condition: RawBuilder<boolean>; onward: string | null }> {
  const few = await fewContacts(tx, terms);
  if (few !== null) return { condition: sql`contact.id = any (${few}::uuid[])`, onward: null };
  const { rows: [last] } = await sql<{ id: string }>`select t.id from conversations.contact t where t.id < ${below ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'}::uuid
    order by t.id desc offset ${WINDOW - 1} limit 1`.execute(tx.getKysely());
  const matching = sql<boolean>`(${matchesPerson(terms, 'contact')} or (select count(*) from conversations.contact_identity i
    where i.tenant_id = contact.tenant_id and i.contact_id = contact.id and ${matchesPerson(terms, 'i')}) > 0)`;
  return { condition: last ? sql`contact.id >= ${last.id}::uuid and ${matching}` : matching, onward: last?.id ?? null };
}
