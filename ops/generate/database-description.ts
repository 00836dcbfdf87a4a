// Describes a migrated schema from the catalog, so that a review sees tables, policies and grants as they really are.
import { Client } from 'pg';
import { byText } from './sdl.js';

interface TableFact { name: string; kind: string; enabled: boolean; forced: boolean; options: string[] | null; definition: string | null; partitioned: string | null }
interface ColumnFact { table: string; name: string; type: string; notNull: boolean; fallback: string | null; identity: string }
interface NamedFact { table: string; name: string; definition: string }
interface GrantFact { object: string; grantee: string; rights: string }
interface PolicyFact { table: string; name: string; mode: string; command: string; roles: string; using: string | null; check: string | null }

const IN_SCHEMA = 'join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1';

// Partitions come and go with time, and are as their table is.
const TABLES = `select c.relname as name, c.relkind::text as kind, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
  c.reloptions as options, case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid, true) end as definition,
  case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partitioned
  from pg_class c ${IN_SCHEMA} and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition`;

const COLUMNS = `select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull",
  pg_get_expr(d.adbin, d.adrelid) as fallback, a.attidentity::text as identity
  from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  ${IN_SCHEMA} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped order by a.attnum`;

// PostgreSQL 18 lists NOT NULL among the constraints; the columns say it already.
const CONSTRAINTS = `select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
  from pg_constraint k join pg_class c on c.oid = k.conrelid ${IN_SCHEMA} and k.contype <> 'n'`;

const INDEXES = `select c.relname as table, i.relname as name, pg_get_indexdef(i.oid) as definition
  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid ${IN_SCHEMA}
  and not exists (select from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))`;

const TRIGGERS = `select c.relname as table, t.tgname as name, pg_get_triggerdef(t.oid) as definition
  from pg_trigger t join pg_class c on c.oid = t.tgrelid ${IN_SCHEMA} and not t.tgisinternal`;

const POLICIES = `select tablename as table, policyname as name, lower(permissive) as mode, lower(cmd) as command,
  array_to_string(roles, ', ') as roles, qual as using, with_check as check from pg_policies where schemaname = $1`;

const FUNCTIONS = `select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name, '' as table, pg_get_functiondef(p.oid) as definition
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1 and p.prokind in ('f', 'p')`;

const grants = (objects: string): string => `select object, case when grantee = 0 then 'public' else pg_get_userbyid(grantee) end as grantee,
  string_agg(lower(privilege_type), ', ' order by privilege_type) as rights
  from (${objects}) as granted where grantee <> owner group by object, grantee`;

const TABLE_GRANTS = grants(`select c.relname as object, c.relowner as owner, (aclexplode(c.relacl)).grantee, (aclexplode(c.relacl)).privilege_type
  from pg_class c ${IN_SCHEMA}`);
const COLUMN_GRANTS = grants(`select c.relname || ' (' || a.attname || ')' as object, c.relowner as owner, (aclexplode(a.attacl)).grantee,
  (aclexplode(a.attacl)).privilege_type from pg_attribute a join pg_class c on c.oid = a.attrelid ${IN_SCHEMA}`);
const FUNCTION_GRANTS = grants(`select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as object, p.proowner as owner,
  (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).grantee, (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).privilege_type
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = $1`);
const SCHEMA_GRANTS = grants(`select n.nspname as object, n.nspowner as owner, (aclexplode(n.nspacl)).grantee, (aclexplode(n.nspacl)).privilege_type
  from pg_namespace n where n.nspname = $1`);

/** Schema name -> its description. @throws when a schema has no table: it was not migrated */
export async function describeDatabase(url: string, schemas: readonly string[]): Promise<Map<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const described = new Map<string, string>();
    for (const schema of schemas) described.set(schema, await describeSchema(client, schema));
    return described;
  } finally {
    await client.end();
  }
}

async function describeSchema(client: Client, schema: string): Promise<string> {
  const facts = async <Row extends object>(sql: string): Promise<Row[]> => (await client.query<Row>(sql, [schema])).rows;
  const named = async <Row extends { name: string }>(sql: string): Promise<Row[]> =>
    (await facts<Row>(sql)).sort((a, b) => byText(a.name, b.name));
  const tables = await named<TableFact>(TABLES);
  if (tables.length === 0) throw new Error(`The schema ${schema} has no table: it was not migrated.`);
  const columns = await facts<ColumnFact>(COLUMNS);
  const parts = {
    constraints: await named<NamedFact>(CONSTRAINTS), indexes: await named<NamedFact>(INDEXES),
    triggers: await named<NamedFact>(TRIGGERS), policies: await named<PolicyFact>(POLICIES),
  };
  const tableGrants = [...await facts<GrantFact>(TABLE_GRANTS), ...await facts<GrantFact>(COLUMN_GRANTS)];
  const functions = await named<NamedFact>(FUNCTIONS);
  const functionGrants = await facts<GrantFact>(FUNCTION_GRANTS);
  return [
    `-- The schema ${schema} as its migrations leave it. Generated by \`npm run generate\`: read it, do not run or edit it.`,
    ...grantLines(await facts<GrantFact>(SCHEMA_GRANTS), `schema ${schema}`),
    ...tables.flatMap((table) => {
      const own = <Row extends { table: string }>(rows: Row[]): Row[] => rows.filter((row) => row.table === table.name);
      const full = `${schema}.${table.name}`;
      const granted = tableGrants.filter(({ object }) => object === table.name || object.startsWith(`${table.name} (`));
      return [
        '', ...head(full, table, own(columns), own(parts.constraints)),
        ...own(parts.indexes).map(({ definition }) => `${definition};`),
        ...own(parts.triggers).map(({ definition }) => `${definition};`),
        ...(table.enabled ? [`alter table ${full} enable row level security;`] : []),
        ...(table.forced ? [`alter table ${full} force row level security;`] : []),
        ...own(parts.policies).map((policy) => policyLine(full, policy)),
        ...grantLines(granted, (object) => `${schema}.${object}`),
      ];
    }),
    ...functions.flatMap(({ name, definition }) => [
      '', `${definition.trimEnd()};`, ...grantLines(functionGrants.filter(({ object }) => object === name), `function ${schema}.${name}`),
    ]),
    '',
  ].join('\n');
}

function head(full: string, table: TableFact, columns: ColumnFact[], constraints: NamedFact[]): string[] {
  if (table.definition !== null) return [`create ${table.kind === 'm' ? 'materialized ' : ''}view ${full}${options(table)} as\n${table.definition.trimEnd()}`];
  const lines = [...columns.map(columnLine), ...constraints.map(({ name, definition }) => `  constraint ${name} ${definition}`)];
  return [`create table ${full} (`, lines.join(',\n'), `)${table.partitioned === null ? '' : ` partition by ${table.partitioned}`}${options(table)};`];
}

const options = ({ options: given }: TableFact): string => (given ? ` with (${[...given].sort(byText).join(', ')})` : '');

const IDENTITY: Record<string, string> = { a: ' generated always as identity', d: ' generated by default as identity' };
const columnLine = ({ name, type, notNull, fallback, identity }: ColumnFact): string =>
  `  ${name} ${type}${notNull ? ' not null' : ''}${fallback === null ? '' : ` default ${fallback}`}${IDENTITY[identity] ?? ''}`;

const policyLine = (full: string, { name, mode, command, roles, using, check }: PolicyFact): string =>
  [`create policy ${name} on ${full} as ${mode} for ${command} to ${roles}`,
    ...(using === null ? [] : [`  using ${oneLine(using)}`]), ...(check === null ? [] : [`  with check ${oneLine(check)}`])].join('\n') + ';';

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

const grantLines = (facts: GrantFact[], object: string | ((name: string) => string)): string[] =>
  facts.map((fact) => `grant ${fact.rights} on ${typeof object === 'string' ? object : object(fact.object)} to ${fact.grantee};`).sort(byText);
