// Refuses to serve from a database whose walls have a hole. Run at every start, as the application role itself.
import type { Pool } from 'pg';
import { SYSTEM_ROLE, appRole } from './kernel-tables.js';

export class IsolationError extends Error {}

export interface IsolationExpectations {
  schema: string;
  /** Tables without a tenant, by name: everything else must carry tenant_id and a forced policy. */
  platformTables: readonly string[];
  /** Tables whose rows belong to one person each and to no tenant, by name. */
  personalTables: readonly string[];
  /** SECURITY DEFINER functions that may exist, by name. */
  definerFunctions: readonly string[];
  /** SECURITY DEFINER functions that may exist and that the application role must not be able to call, by name. */
  systemFunctions: readonly string[];
}

export type HoleKind = 'ROLE' | 'POLICY_MISSING' | 'POLICY_OPEN' | 'POLICY_UNWRAPPED' | 'NOT_FORCED' | 'KEY' | 'VIEW' | 'FUNCTION' | 'RIGHT';

/** Something by which rows could get from one tenant to another. */
export interface Hole {
  kind: HoleKind;
  /** Null when it is about no single one. */
  table: string | null;
  text: string;
}

interface TableRow {
  name: string;
  kind: string;
  /** It holds rows of a partitioned table, through which alone it is reached. */
  partition: boolean;
  walled: boolean;
  touchable: boolean;
  forced: boolean;
  /** Expressions of each permissive policy the role meets: of rows read, of rows written. */
  policies: (string | null)[][];
  /** The first of the primary key. */
  keyColumn: string | null;
  hasTenant: boolean;
  keyLeads: boolean;
  foreignKeysLead: boolean;
  invoker: boolean;
}

const TABLES = `
  select c.relname as name, c.relkind::text as kind, c.relrowsecurity and c.relforcerowsecurity as forced,
    c.relispartition as partition, c.relrowsecurity as walled,
    has_table_privilege(c.oid, 'select, insert, update, delete, truncate') or has_any_column_privilege(c.oid, 'select, insert, update') as touchable,
    coalesce((select json_agg(json_build_array(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)))
      from pg_policy p where p.polrelid = c.oid and p.polpermissive
      and (p.polroles = '{0}' or (select oid from pg_roles where rolname = current_user) = any (p.polroles))), '[]') as policies,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull) as "hasTenant",
    (select a.attname from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
      where k.conrelid = c.oid and k.contype = 'p') as "keyColumn",
    coalesce((select (select attname from pg_attribute a where a.attrelid = c.oid and a.attnum = k.conkey[1]) = 'tenant_id'
      from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'), false) or c.relname = 'outbox' as "keyLeads",
    not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'
      and (select attname from pg_attribute a where a.attrelid = c.oid and a.attnum = k.conkey[1]) <> 'tenant_id') as "foreignKeysLead",
    coalesce('security_invoker=true' = any (c.reloptions), false) as invoker
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm')`;

const ROLE = `
  select r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication as strong,
    (select count(*)::int from pg_auth_members m where m.member = r.oid) as memberships,
    (select count(*)::int from pg_class c where c.relowner = r.oid) as owned
  from pg_roles r where r.rolname = current_user`;

const FOREIGN = `
  select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname <> $1 and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and (has_table_privilege(c.oid, 'select, insert, update, delete, truncate') or has_any_column_privilege(c.oid, 'select, insert, update'))`;

const DEFINERS = `
  select n.nspname as schema, p.proname as name, has_function_privilege(p.oid, 'execute') as callable from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.prosecdef and (n.nspname = $1 or (n.nspname not like 'pg\\_%' and has_function_privilege(p.oid, 'execute'))) order by 1, 2`;

// The form that is evaluated once per statement, as the catalog prints it.
const TENANT = /\(tenant_id = \( SELECT \(NULLIF\(current_setting\('app\.tenant_id'::text, true\), ''::text\)\)::uuid AS "nullif"\)\)/;
// A person's own rows; or, on reading, those of the members of the tenant, named by the same wrapped setting.
const PERSON = /^\(user_id = \( SELECT \(NULLIF\(current_setting\('app\.user_id'::text, true\), ''::text\)\)::uuid AS "nullif"\)\)$/;
const MEMBERS = /^\(\(EXISTS \( SELECT\s+FROM \w+\.\w+ member\s+WHERE \(\(member\.tenant_id = \( SELECT \(NULLIF\(current_setting\('app\.tenant_id'::text, true\), ''::text\)\)::uuid AS "nullif"\)\) AND \(member\.user_id = \w+\.user_id\) AND \(member\.status <> 'DELETED'::text\)\)\)\) AND \( SELECT \('[a-z_]+:[a-z_]+'::text = ANY \(string_to_array\(current_setting\('app\.permissions'::text, true\), ','::text\)\)\)[^()]*\)\)$/;

/** @throws IsolationError with every hole found, one a line. */
export async function assertIsolation(pool: Pool, expected: IsolationExpectations): Promise<void> {
  const holes = await isolationHoles(pool, expected);
  const lines = holes.map(({ table, text }) => (table === null ? text : `${expected.schema}.${table}: ${text}`));
  if (lines.length > 0) throw new IsolationError(`Isolation self-test failed:\n- ${lines.join('\n- ')}`);
}

/** Every hole that can be seen in the catalog. @param pool of the application role */
export async function isolationHoles(pool: Pool, expected: IsolationExpectations): Promise<Hole[]> {
  const { schema } = expected;
  const holes: Hole[] = [];
  const found = (kind: HoleKind, text: string): void => { holes.push({ kind, table: null, text }); };
  const role = (await pool.query<{ strong: boolean; memberships: number; owned: number; me: string }>(ROLE)).rows[0];
  const me = (await pool.query<{ me: string }>('select current_user as me')).rows[0]?.me;
  if (me !== appRole(schema)) found('ROLE', `connected as ${String(me)}, not ${appRole(schema)}`);
  if (!role || role.strong || role.memberships > 0 || role.owned > 0) {
    found('ROLE', `the role ${String(me)} is a superuser, bypasses row-level security, owns tables or is a member of another role`);
  }
  if (me === SYSTEM_ROLE) found('ROLE', 'requests must not run as the system role');
  const tables = (await pool.query<TableRow>(TABLES, [schema])).rows;
  if (tables.length === 0) found('RIGHT', `schema ${schema} has no tables: it was not migrated`);
  for (const table of tables) holes.push(...holesOf(table, expected).map(([kind, text]) => ({ kind, table: table.name, text })));
  for (const { name } of (await pool.query<{ name: string }>(FOREIGN, [schema])).rows) {
    found('RIGHT', `${String(me)} may touch ${name}, which belongs to another subgraph`);
  }
  for (const definer of (await pool.query<{ schema: string; name: string; callable: boolean }>(DEFINERS, [schema])).rows) {
    if (definer.schema === schema && expected.definerFunctions.includes(definer.name)) continue;
    if (definer.schema === schema && expected.systemFunctions.includes(definer.name) && !definer.callable) continue;
    found('FUNCTION', `unknown SECURITY DEFINER function ${definer.schema}.${definer.name}`);
  }
  return holes;
}

type Found = [HoleKind, string];

function holesOf(table: TableRow, expected: IsolationExpectations): Found[] {
  if (table.kind === 'v' || table.kind === 'm') return table.invoker ? [] : [['VIEW', 'a view without security_invoker']];
  // Policies of the table count; a partition that could be reached by itself would go round them.
  if (table.partition) {
    return [
      ...(table.walled ? [] : [['NOT_FORCED', 'a partition without row-level security'] as Found]),
      ...(table.touchable ? [['RIGHT', 'a partition that requests may touch'] as Found] : []),
    ];
  }
  if (expected.platformTables.includes(table.name)) return table.hasTenant ? [['POLICY_MISSING', 'a platform table with tenant_id']] : [];
  if (expected.personalTables.includes(table.name)) return holesOfPersonal(table);
  const holes: Found[] = [];
  if (!table.hasTenant) holes.push(['KEY', 'no tenant_id, and not listed as a platform table']);
  holes.push(...holesOfWall(table));
  // Policies add up: each one must hold to the tenant by itself.
  for (const expression of table.policies.flatMap((policy) => policy.filter((part) => part !== null))) {
    if (/current_setting/.test(expression) && !/SELECT/.test(expression)) holes.push(['POLICY_UNWRAPPED', 'a policy that is evaluated once per row']);
    else if (!TENANT.test(expression) || / OR /.test(expression)) holes.push(['POLICY_OPEN', `a policy that does not hold to the tenant: ${expression}`]);
  }
  if (!table.keyLeads) holes.push(['KEY', 'the primary key does not start with tenant_id']);
  if (!table.foreignKeysLead) holes.push(['KEY', 'a foreign key does not start with tenant_id']);
  return holes;
}

const holesOfWall = ({ forced, policies }: TableRow): Found[] => [
  ...(forced ? [] : [['NOT_FORCED', 'row-level security is not forced'] as Found]),
  ...(policies.length > 0 ? [] : [['POLICY_MISSING', 'no policy'] as Found]),
];

function holesOfPersonal(table: TableRow): Found[] {
  const holes: Found[] = table.hasTenant ? [['KEY', 'a personal table with tenant_id']] : [];
  holes.push(...holesOfWall(table));
  for (const [using = null, check = null] of table.policies) {
    // What is written must be one's own; a policy that only shows may show the members of the tenant.
    const held = check === null ? PERSON.test(using ?? '') || MEMBERS.test(using ?? '') : PERSON.test(check) && (using === null || PERSON.test(using));
    if (!held) holes.push(['POLICY_OPEN', `a policy that does not hold to the person: ${using ?? check ?? 'nothing'}`]);
  }
  if (table.keyColumn !== 'user_id') holes.push(['KEY', 'the primary key does not start with user_id']);
  return holes;
}
