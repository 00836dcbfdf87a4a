// Tries to cross from one tenant into another, for real, as the login that serves requests. Whatever it does is rolled back.
import pg, { type Pool, type PoolClient, type QueryResult } from 'pg';
import { scopeStatement, type Scope } from './scope.js';

export type CrossingAction = 'READ' | 'CHANGE' | 'DELETE' | 'INSERT' | 'MOVE';

export interface Crossing {
  table: string;
  /** What worked although the row is another's. */
  action: CrossingAction;
}

export interface CrossingReport {
  /** Tables that hold rows of a tenant, or of a person, by name. */
  tables: string[];
  /** Statements tried from the wrong side. */
  attempts: number;
  crossings: Crossing[];
  /** Tables in which the owner saw a row with the same statement, or could write one: where an attempt could have succeeded. */
  controlled: string[];
  /** Tables that the login has no right on at all. */
  untouchable: string[];
  /** Tables for which there was no time. */
  skipped: string[];
}

export interface CrossingOptions {
  schema: string;
  /** Who tries. */
  from: Scope;
  /** Whose rows are tried for. */
  to: Scope;
  /** Rows of `to` by table, for tables whose rows the login writes and cannot read. */
  rows?: ReadonlyMap<string, object>;
  /** For each statement. */
  timeoutMs?: number;
  /** When to stop beginning with further tables, as `performance.now()` tells it. */
  deadline?: number;
}

interface TableShape {
  name: string;
  key: 'tenant_id' | 'user_id';
  readable: string[];
  writable: string[];
  changeable: string | null;
  touchable: boolean;
  partitioned: boolean;
}

/** Tables of tenants; and those without a tenant whose key starts with the person. */
const TABLES = `
  with columns as (
    select a.attrelid, a.attnum, a.attname, has_column_privilege(a.attrelid, a.attnum, 'select') as readable, a.attgenerated <> '' or a.attidentity <> '' as made,
      has_column_privilege(a.attrelid, a.attnum, 'insert') as insertable, has_column_privilege(a.attrelid, a.attnum, 'update') as changeable
    from pg_attribute a where a.attnum > 0 and not a.attisdropped)
  select c.relname as name, key.attname as key, c.relkind = 'p' as partitioned,
    array(select o.attname::text from columns o where o.attrelid = c.oid and o.readable order by o.attnum) as readable,
    array(select o.attname::text from columns o where o.attrelid = c.oid and o.insertable and not o.made order by o.attnum) as writable,
    (select o.attname from columns o where o.attrelid = c.oid and o.changeable and not o.made order by o.attnum limit 1) as changeable,
    has_table_privilege(c.oid, 'delete') or exists (select from columns o where o.attrelid = c.oid and (o.readable or o.insertable or o.changeable)) as touchable
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join lateral (select o.attname from columns o left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
    where o.attrelid = c.oid and (o.attname = 'tenant_id' or (o.attname = 'user_id' and k.conkey[1] = o.attnum)) order by o.attname limit 1) key on true
  where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition order by 1`;

/** No right, or a row that the policy does not let in. */
const REFUSED = '42501';
/** SQLSTATE classes of values, constraints and triggers: what complains of those has let the row through. */
const BEHIND_THE_POLICY = /^(?:22|23|P0)/;
const TIMEOUT_MS = 2_000;

export async function tryCrossings(pool: Pool, options: CrossingOptions): Promise<CrossingReport> {
  const { from, to, timeoutMs = TIMEOUT_MS, deadline = Infinity } = options;
  const client = await pool.connect();
  const report: CrossingReport = { tables: [], attempts: 0, crossings: [], controlled: [], untouchable: [], skipped: [] };
  try {
    await client.query('begin');
    await client.query(`set local statement_timeout = ${Math.trunc(timeoutMs)}; set local lock_timeout = ${Math.trunc(timeoutMs)}`);
    const { rows: shapes } = await client.query<TableShape>(TABLES, [options.schema]);
    for (const shape of shapes) {
      if (performance.now() > deadline) {
        report.skipped.push(shape.name);
        continue;
      }
      report.tables.push(shape.name);
      if (!shape.touchable) report.untouchable.push(shape.name);
      const keys = { own: keyOf(from, shape), other: keyOf(to, shape) };
      if (keys.own === null || keys.other === null) continue;
      const row = await ownRow(client, shape, options, keys.other);
      const statements = attemptsOn(options.schema, shape, { own: keys.own, other: keys.other }, row);
      if (row && await controls(client, statements, to)) report.controlled.push(shape.name);
      for (const [action, statement] of statements) {
        report.attempts += 1;
        if ((await attempt(client, from, statement)).worked) report.crossings.push({ table: shape.name, action });
      }
    }
    return report;
  } finally {
    // A connection that could not be rolled back must not serve anybody.
    const broken = await client.query('rollback').then(() => false, () => true);
    client.release(broken);
  }
}

const keyOf = (scope: Scope, { key }: TableShape): string | null => (key === 'tenant_id' ? scope.tenant : scope.user);
const named = (columns: string[]): string => columns.map((column) => pg.escapeIdentifier(column)).join(', ');
const nameOf = (schema: string, { name }: TableShape): string => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;

/** A row as its owner sees it; null when there is none, or the login may not read. */
async function ownRow(client: PoolClient, shape: TableShape, { schema, to, rows }: CrossingOptions, other: string): Promise<object | null> {
  const given = rows?.get(shape.name);
  if (given) return given;
  if (!shape.readable.includes(shape.key)) return null;
  const { rows: [found] } = await attempt(client, to,
    `select to_jsonb(r) as row from (select ${named(shape.readable)} from ${nameOf(schema, shape)} where ${shape.key} = '${other}' limit 1) r`);
  return (found as { row: object } | undefined)?.row ?? null;
}

/** What is tried. Keys are UUIDs: `scopeStatement` refuses anything else before. */
function attemptsOn(schema: string, shape: TableShape, { own, other }: { own: string; other: string }, row: object | null): [CrossingAction, string][] {
  const { key, changeable, writable, partitioned } = shape;
  const table = nameOf(schema, shape);
  const one = (owner: string): string => `${key} = '${owner}' and ctid = any (array(select ctid from ${table} where ${key} = '${owner}' limit 1))`;
  const column = pg.escapeIdentifier(changeable ?? key);
  const statements: [CrossingAction, string][] = [
    ['READ', `select 1 from ${table} where ${key} = '${other}' limit 1`],
    ['CHANGE', `update ${table} set ${column} = ${column} where ${one(other)}`],
    ['DELETE', `delete from ${table} where ${one(other)}`],
    ['MOVE', `update ${table} set ${key} = '${other}' where ${one(own)}`],
  ];
  // A policy refuses a row before any other constraint looks at it, so the key alone will do where no partition must be found.
  const columns = row ? writable.filter((name) => name in row) : [key];
  if (row || !partitioned) {
    const values = pg.escapeLiteral(JSON.stringify({ ...row, [key]: other }));
    statements.push(['INSERT', `insert into ${table} (${named(columns.includes(key) ? columns : [key])}) select ${named(columns.includes(key) ? columns : [key])} from jsonb_populate_record(null::${table}, ${values})`]);
  }
  return statements;
}

/** True when the owner succeeds with what is tried: with reading or, where nobody reads, with writing. */
async function controls(client: PoolClient, statements: [CrossingAction, string][], to: Scope): Promise<boolean> {
  for (const [action, statement] of statements) {
    if (action !== 'READ' && action !== 'INSERT') continue;
    if ((await attempt(client, to, statement)).worked) return true;
  }
  return false;
}

/** Does one thing in a scope and takes it back, in one round trip. It worked when it touched a row, or failed on something behind the policy. */
async function attempt(client: PoolClient, scope: Scope, statement: string): Promise<{ worked: boolean; rows: object[] }> {
  try {
    const results = await client.query(`savepoint attempt; ${scopeStatement(scope)}; ${statement}; rollback to savepoint attempt`) as unknown as QueryResult<object>[];
    const { rowCount = 0, rows = [] } = results[2] ?? {};
    return { worked: (rowCount ?? 0) > 0, rows };
  } catch (error) {
    const { code } = error as { code?: string };
    // What the connection, the server or the limits of time refused has found nothing out.
    if (code !== REFUSED && !BEHIND_THE_POLICY.test(code ?? '')) throw error;
    await client.query('rollback to savepoint attempt');
    return { worked: code !== REFUSED, rows: [] };
  }
}
