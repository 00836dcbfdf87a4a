// Writes the rows of one table from lines of a snapshot: as they were, but for what its subgraph says must not come back as it was. Those that stand on what is not there are left out, and counted.
import type { Client } from 'pg';
import type { Rewritten, SnapshotRules } from '../../subgraphs/kernel/data/snapshot-rules.js';
import type { SnapshotParent, SnapshotTable } from './tenant.tables.js';

export type RestoreMode = 'REPLACE' | 'MERGE' | 'NEW';

export interface WriteRules {
  mode: RestoreMode;
  rules: SnapshotRules;
  /** What a new tenant is called; null: as the rules say. */
  name: string | null;
  /** Tables whose rows may be missing of which another table's row may tell. */
  thin: ReadonlySet<string>;
}

export interface Written {
  written: number;
  /** Not written: they were there, or what they are of is not. */
  left: number;
}

const ROWS = 500;
const CHARACTERS = 4_000_000;

/** Tables of which some rows may have been left out: those with a condition, and all that refer to them. */
export function thinTables(tables: readonly SnapshotTable[], { wanted }: SnapshotRules, mode: RestoreMode): ReadonlySet<string> {
  // What is merged meets what was made since: any row may be refused by one that is there.
  if (mode === 'MERGE') return new Set(tables.map(({ name }) => name));
  const thin = new Set(Object.keys(wanted));
  for (const { name, parents } of tables) if (parents.some(({ table }) => thin.has(table))) thin.add(name);
  return thin;
}

const allOf = ({ columns }: SnapshotParent, of: (column: string) => string): string => columns.map(of).join(' or ');
const there = (schema: string, parent: SnapshotParent): string =>
  `(${allOf(parent, (column) => `r."${column}" is null`)} or exists (select from ${schema}."${parent.table}" p where ${parent.columns.map((column, place) => `p."${parent.of[place] ?? ''}" = r."${column}"`).join(' and ')}))`;

export class RowWriter {
  readonly result: Written = { written: 0, left: 0 };
  readonly #self: SnapshotParent[];
  readonly #statement: string;
  readonly #again: string;
  #lines: string[] = [];
  #characters = 0;
  /** Of rows that refer to others of their own table: written last, as those they refer to have been. */
  readonly #later: string[][] = [];

  constructor(private readonly client: Client, schema: string, table: SnapshotTable, private readonly how: WriteRules) {
    this.#self = table.parents.filter((parent) => parent.table === table.name);
    const key = table.key.map((column) => `t."${column}" = r."${column}"`).join(' and ');
    const selfThere = this.#self.map((parent) => there(schema, parent));
    const others = table.parents.filter((parent) => parent.table !== table.name && how.thin.has(parent.table)).map((parent) => there(schema, parent));
    const { wanted } = how.rules;
    const conditions = [...others, ...(Object.hasOwn(wanted, table.name) ? [`(${wanted[table.name] ?? ''})`] : [])];
    this.#statement = insertion(schema, table, how, conditions);
    this.#again = insertion(schema, table, how, [...conditions, ...selfThere, `not exists (select from ${schema}."${table.name}" t where ${key})`]);
  }

  async add(line: string): Promise<void> {
    const later = this.#self.length > 0 && refersToItsOwn(line, this.#self);
    if (later) {
      const last = this.#later.at(-1);
      if (last && last.length < ROWS) last.push(line);
      else this.#later.push([line]);
      return;
    }
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#lines.length >= ROWS || this.#characters >= CHARACTERS) await this.#flush();
  }

  async end(): Promise<Written> {
    await this.#flush();
    const rows = this.#later.reduce((sum, lines) => sum + lines.length, 0);
    let written = 0;
    // Each round writes those whose own row is there by now.
    for (let more = rows > 0; more;) {
      let round = 0;
      for (const lines of this.#later) round += await this.#write(this.#again, lines);
      written += round;
      more = round > 0;
    }
    this.result.written += written;
    this.result.left += rows - written;
    return this.result;
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    [this.#lines, this.#characters] = [[], 0];
    const written = await this.#write(this.#statement, lines);
    this.result.written += written;
    this.result.left += lines.length - written;
  }

  async #write(statement: string, lines: readonly string[]): Promise<number> {
    const { rowCount } = await this.client.query(statement, [`[${lines.join(',')}]`, this.how.name]);
    return rowCount ?? 0;
  }
}

const refersToItsOwn = (line: string, self: readonly SnapshotParent[]): boolean => {
  const row = JSON.parse(line) as Record<string, unknown>;
  return self.some(({ columns }) => columns.every((column) => row[column] !== null));
};

function insertion(schema: string, { name, columns, key }: SnapshotTable, { mode, rules }: WriteRules, conditions: readonly string[]): string {
  const rewritten: Record<string, string> = { ...rules.settled[name], ...(mode === 'NEW' ? (rules.anew.rewritten satisfies Rewritten)[name] : {}) };
  const list = columns.map((column) => `"${column.name}"`).join(', ');
  const values = columns.map((column) => (Object.hasOwn(rewritten, column.name) ? `(${rewritten[column.name] ?? ''})` : `r."${column.name}"`)).join(', ');
  return `insert into ${schema}."${name}" (${list}) overriding system value select ${values}
    from json_populate_recordset(null::${schema}."${name}", $1::json) r cross join (select $2::text as name) given
    ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''} ${onConflict(name, columns.map((column) => column.name), key, mode, rules)}`;
}

function onConflict(table: string, columns: readonly string[], key: readonly string[], mode: RestoreMode, { keeps, grows }: SnapshotRules): string {
  const kept = Object.keys(keeps).filter((column) => column.startsWith(`${table}.`)).map((column) => column.slice(table.length + 1));
  if (mode === 'MERGE' || Object.hasOwn(grows, table)) return 'on conflict do nothing';
  if (kept.length === 0) return '';
  const set = columns.filter((column) => !kept.includes(column) && !key.includes(column)).map((column) => `"${column}" = excluded."${column}"`);
  return `on conflict (${key.map((column) => `"${column}"`).join(', ')}) do update set ${set.join(', ')}`;
}
