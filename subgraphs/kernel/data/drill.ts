// The drill: what a running database lets through, tried with real tenants of it, and every hole its catalog shows. It changes nothing.
import type { Pool } from 'pg';
import { newId } from '../base/ids.js';
import { tryCrossings, type CrossingAction, type CrossingReport } from './crossings.js';
import { createPool } from './driver.js';
import { SYSTEM_ROLE } from './kernel-tables.js';
import { tenantScope } from './scope.js';
import { isolationHoles, type HoleKind, type IsolationExpectations } from './self-test.js';

export type DrillFindingKind = HoleKind | 'CROSSING' | 'UNTRIED';

export interface DrillFinding {
  kind: DrillFindingKind;
  /** Null when it is about no single one. */
  table: string | null;
  text: string;
}

export interface DrillReport {
  subgraph: string;
  /** Tables with rows of tenants, on each of which crossings were tried. */
  tables: number;
  /** Those in which the owner of a row got it by the same statement. The others were empty, or are only written. */
  controlled: number;
  attempts: number;
  findings: DrillFinding[];
}

/** Where one subgraph's data is, and what may be found there. */
export interface DrillPlace {
  /** Login of the application role: crossings are tried as what serves requests. */
  appUrl: string;
  /** Login of the system role, which alone may know which tenants there are. */
  systemUrl: string;
  expected: IsolationExpectations;
  /** Every permission there is: none of them may open another tenant. */
  permissions: readonly string[];
}

/** Whoever waits for an answer hears of a lost connection; nobody waits between two statements. */
const poolOf = (url: string, schema: string): Pool => createPool({ url, maxConnections: 1, name: `switchboard:drill:${schema}`, onError: () => undefined });

const WORDS: Readonly<Record<CrossingAction, string>> = {
  READ: 'showed a row', CHANGE: 'let a row be changed', DELETE: 'let a row be deleted', INSERT: 'took a new row', MOVE: 'let a row be given away',
};

/** Pages of each table that are looked at for tenants. */
const PAGES = 8;

const TABLES = `select format('%I.%I', n.nspname, c.relname) as name, least(100, 100.0 * ${PAGES} / greatest(1, pg_relation_size(c.oid) / 8192)) as percent
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relkind = 'r' and not c.relispartition and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')`;

/** Roles beyond the system's own that see every row of a schema. A superuser is the server's owner, and nothing here can hold it. */
const BYPASSING = `select rolname as name from pg_roles where rolbypassrls and not rolsuper and rolname <> $2 and has_schema_privilege(oid, $1, 'usage') order by 1`;

/** Connections of its own, one of each login, which end with it. @param deadline as `performance.now()` tells it */
export async function drill({ appUrl, systemUrl, expected, permissions }: DrillPlace, deadline: number): Promise<DrillReport> {
  const { schema } = expected;
  const [pool, system] = [poolOf(appUrl, schema), poolOf(systemUrl, schema)];
  try {
    const [from, to] = await pairOf(system, schema);
    const report = await tryCrossings(pool, {
      schema, from: { ...tenantScope(from, newId()), permissions }, to: { ...tenantScope(to, newId()), permissions }, deadline,
    });
    const bypassing = (await system.query<{ name: string }>(BYPASSING, [schema, SYSTEM_ROLE])).rows;
    return {
      subgraph: schema, tables: report.tables.length, controlled: report.controlled.length, attempts: report.attempts,
      findings: [
        ...crossingsOf(report), ...await isolationHoles(pool, expected),
        ...bypassing.map(({ name }): DrillFinding => ({ kind: 'ROLE', table: null, text: `the role ${name} bypasses row-level security` })),
      ],
    };
  } catch (error) {
    // What could not be tried is no proof, and must not look like one.
    return { subgraph: schema, tables: 0, controlled: 0, attempts: 0, findings: [{ kind: 'UNTRIED', table: null, text: `could not be tried: ${(error as Error).message}` }] };
  } finally {
    await Promise.all([pool.end(), system.end()]);
  }
}

const crossingsOf = ({ crossings, skipped }: CrossingReport): DrillFinding[] => [
  ...crossings.map(({ table, action }): DrillFinding => ({ kind: 'CROSSING', table, text: `${WORDS[action]} of another tenant` })),
  ...skipped.map((table): DrillFinding => ({ kind: 'UNTRIED', table, text: 'there was no time for it' })),
];

/**
 * Two tenants of a schema, at random of those that have rows in many of its tables. The one that others try for is of those that have rows in the most: what it
 * does not have proves nothing. An id that nobody has stands in for one that is missing.
 */
async function pairOf(system: Pool, schema: string): Promise<[string, string]> {
  const seen = new Map<string, number>();
  for (const { name, percent } of (await system.query<{ name: string; percent: number }>(TABLES, [schema])).rows) {
    const { rows } = await system.query<{ tenant: string }>(`select distinct tenant_id as tenant from ${name} tablesample system (${Number(percent)}) limit 100`);
    for (const { tenant } of rows) seen.set(tenant, (seen.get(tenant) ?? 0) + 1);
  }
  const known = [...seen].map(([tenant, tables]) => ({ tenant, tables, at: Math.random() })).sort((one, other) => other.tables - one.tables || one.at - other.at).slice(0, 10);
  const [richest, ...others] = known;
  const to = richest?.tenant ?? newId();
  const from = others.sort((one, other) => one.at - other.at)[0]?.tenant ?? newId();
  return [from, to];
}
