// What somebody typed to look for, as terms: words, and phrases between quotation marks.
import { sql, type RawBuilder } from 'kysely';
import { badInput } from '../../kernel/base/errors.js';

export interface Terms {
  /** The words of each stand beside each other. */
  terms: string[];
  /** The last may be the beginning of a word. */
  open: boolean;
}

export const SOUGHT_MAX = 200;

/** @throws BAD_USER_INPUT */
export function termsOf(sought: string, field: string[]): Terms {
  // The database has no such text, and refuses to be asked for it.
  if (sought.includes('\0')) throw badInput(`${field.join('.')} holds a NUL character.`, field);
  if (sought.length > SOUGHT_MAX || !/[\p{L}\p{N}]/u.test(sought)) throw badInput(`${field.join('.')} must hold a word and at most ${SOUGHT_MAX} characters.`, field);
  const found = [...sought.matchAll(/"([^"]*)"|([^\s"]+)/g)].filter(([whole]) => /[\p{L}\p{N}]/u.test(whole));
  return { terms: found.map(([, quoted, bare]) => quoted ?? bare ?? ''), open: found.at(-1)?.[1] === undefined };
}

/** Does this row's `words` hold the terms? Asked once for a statement, however many rows it looks at. */
export const matches = ({ terms, open }: Terms, row: string): RawBuilder<boolean> =>
  sql`${sql.ref(`${row}.words`)} @@ (select conversations.search_query('', ${terms}::text[], ${open}::boolean, true))`;

/** The same, or a number by its beginning or end. */
export const matchesPerson = (terms: Terms, row: string): RawBuilder<boolean> =>
  sql`(${matches(terms, row)} or ${sql.ref(`${row}.words`)} @@ (select conversations.number_query('', ${terms.terms}::text[])))`;

/** Is the contact of conversation `c` found by these terms? Each is looked up by key: rewritten as joins they would be read whole. */
export const contactMatches = (terms: Terms): RawBuilder<boolean> => sql`
  ((select count(*) from conversations.contact t where t.tenant_id = c.tenant_id and t.id = c.contact_id and ${matchesPerson(terms, 't')}) > 0
    or (select count(*) from conversations.contact_identity i where i.tenant_id = c.tenant_id and i.contact_id = c.contact_id and ${matchesPerson(terms, 'i')}) > 0)`;
