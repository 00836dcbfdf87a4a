// Looks behind the walls of a migrated database: which policies a table has, and what is wrong with them.
import type { Client } from 'pg';
import { OWNER_ROLE, SYSTEM_ROLE } from '../../subgraphs/kernel/data/kernel-tables.js';

export interface TableFacts {
  schema: string;
  name: string;
  owner: string;
  enabled: boolean;
  forced: boolean;
  columns: string[];
  foreignSchemas: string[];
  policies: { name: string; command: string; roles: string[]; using: string | null; check: string | null }[];
}

const TABLES = `select n.nspname as schema, c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relrowsecurity as enabled,
  c.relforcerowsecurity as forced,
  array(select attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  array(select f.relnamespace::regnamespace::text from pg_constraint k join pg_class f on f.oid = k.confrelid
    where k.conrelid = c.oid and k.contype = 'f' and f.relnamespace <> c.relnamespace) as "foreignSchemas",
  coalesce((select json_agg(json_build_object('name', policyname, 'command', cmd, 'roles', roles, 'using', qual, 'check', with_check))
    from pg_policies p where p.schemaname = n.nspname and p.tablename = c.relname and p.permissive = 'PERMISSIVE'), '[]') as policies
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2`;

export const tablesOf = async (client: Client, schemas: readonly string[]): Promise<TableFacts[]> =>
  (await client.query<TableFacts>(TABLES, [schemas])).rows;

// The form that is evaluated once per statement, as the catalog prints it.
const TENANT = /\(tenant_id = \( SELECT \(NULLIF\(current_setting\('app\.tenant_id'::text, true\), ''::text\)\)::uuid AS "nullif"\)\)/;

/** What keeps a tenant's rows from staying with that tenant; empty when nothing does. */
export function isolationFaults(table: TableFacts, platformTables: readonly string[], personalTables: readonly string[] = []): string[] {
  const faults = table.owner === OWNER_ROLE ? [] : [`owned by ${table.owner}`];
  faults.push(...table.foreignSchemas.map((schema) => `a foreign key into ${schema}`));
  if (platformTables.includes(table.name)) return [...faults, ...(table.columns.includes('tenant_id') ? ['a platform table with tenant_id'] : [])];
  if (personalTables.includes(table.name)) return [...faults, ...personalFaults(table)];
  if (!table.columns.includes('tenant_id')) faults.push('no tenant_id, and no platform table');
  if (!table.enabled || !table.forced) faults.push('row-level security is not enabled and forced');
  // Policies add up: each one that the app role meets must hold the tenant predicate by itself.
  const met = table.policies.filter(({ roles }) => !(roles.length === 1 && (roles[0] === OWNER_ROLE || roles[0] === SYSTEM_ROLE)));
  if (met.length === 0) faults.push('no policy');
  for (const policy of met) {
    for (const [part, text] of partsOf(policy)) {
      if (text === null || !TENANT.test(text) || / OR /.test(text)) faults.push(`the policy ${policy.name} does not hold to the tenant (${part} ${text ?? 'missing'})`);
    }
  }
  for (const { name, command, roles } of table.policies) {
    if (!met.some((policy) => policy.name === name) && command !== 'SELECT') faults.push(`the policy ${name} lets ${roles.join(', ')} ${command}`);
  }
  return faults;
}

const PERSON = /^\(user_id = \( SELECT \(NULLIF\(current_setting\('app\.user_id'::text, true\), ''::text\)\)::uuid AS "nullif"\)\)$/;
const MEMBER_OF_TENANT = TENANT.source.replace('tenant_id', 'member\\.tenant_id');

/** A table of people's own rows: forced, written by its person alone, read by its person or by name of a member of the tenant. */
function personalFaults(table: TableFacts): string[] {
  const faults = table.columns.includes('tenant_id') ? ['a personal table with tenant_id'] : [];
  if (!table.columns.includes('user_id')) faults.push('a personal table without user_id');
  if (!table.enabled || !table.forced) faults.push('row-level security is not enabled and forced');
  const met = table.policies.filter(({ roles, command }) => command !== 'SELECT' || !(roles.length === 1 && roles[0] === OWNER_ROLE));
  if (met.length === 0) faults.push('no policy');
  for (const policy of met) {
    for (const [part, text] of partsOf(policy)) {
      const members = policy.command === 'SELECT' && text !== null && new RegExp(MEMBER_OF_TENANT).test(text) && !/ OR /.test(text);
      if (text === null || (!PERSON.test(text) && !members)) faults.push(`the policy ${policy.name} does not hold to the person (${part} ${text ?? 'missing'})`);
    }
  }
  return faults;
}

/** Which expressions a policy of this command must have: one for rows read, one for rows written. */
function partsOf({ command, using, check }: TableFacts['policies'][number]): [string, string | null][] {
  if (command === 'INSERT') return [['with check', check]];
  if (command === 'SELECT' || command === 'DELETE') return [['using', using]];
  return [['using', using], ['with check', check]];
}
