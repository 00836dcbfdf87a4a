// Statements that are sent again and again are parsed and planned once a connection, by name, as PostgreSQL prepares them.
import { Client, type QueryResult } from 'pg';

/** Seen this often by a pool, a statement is worth a name. What is sent once never gets one. */
const WORTH = 8;
/** A connection of the server keeps a plan of each, of some ten kilobytes. */
const MOST = 300;
/** Distinct texts counted before counting begins anew: texts come from code, but lists make many of them. */
const COUNTED = 5_000;
/**
 * What a statement returns must not change while it is prepared ("cached plan must not change result type"). Lists of columns keep
 * what they name when a newer version of the product adds a column beside a running one; a star does not, but for that of an argument.
 */
const STAR = /\*(?!\s*\)|\s+from unnest)/;
/** A list that is written out: each length is a text of its own, and those would take all names. */
const LIST = /\bin \(\$\d+, ?\$\d+/i;

/** A partial index is found by its condition, and a plan that does not know the values cannot tell that `$1` is it: PostgreSQL refuses the statement then. */
const PARTIAL = /\bon conflict \([^)]*\) where\b/i;

/** Which statements have names; one for all connections of a pool, so that the same text has the same name on each. */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #seen = new Map<string, number>();

  /** The name of this statement, or undefined while it has none. */
  of(text: string): string | undefined {
    const name = this.#names.get(text);
    if (name !== undefined || this.#names.size >= MOST) return name;
    const seen = (this.#seen.get(text) ?? 0) + 1;
    if (seen < WORTH || STAR.test(text) || LIST.test(text) || PARTIAL.test(text)) {
      if (this.#seen.size >= COUNTED) this.#seen.clear();
      this.#seen.set(text, seen);
      return undefined;
    }
    this.#seen.delete(text);
    const given = `switchboard_${this.#names.size}`;
    this.#names.set(text, given);
    return given;
  }
}

/** Connections of one pool, which prepare. Statements without parameters are left alone: they may be several in one text. */
export function preparingClient(): typeof Client {
  const names = new StatementNames();
  return class PreparingClient extends Client {
    override query(...given: unknown[]): never {
      const [text, values, ...others] = given;
      const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? names.of(text) : undefined;
      const query = super.query as (...args: unknown[]) => Promise<QueryResult>;
      return (name === undefined ? query.call(this, ...given) : query.call(this, { name, text, values }, ...others)) as never;
    }
  };
}
