// No table of any subgraph lets one tenant at a row of another: tried for each, as the login that serves requests, with the owner as the control.
import 'reflect-metadata';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { definitions, migrationSets } from '../../ops/composition.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { tryCrossings, type CrossingReport } from '../../subgraphs/kernel/data/crossings.js';
import { KERNEL_PLATFORM_TABLES } from '../../subgraphs/kernel/data/kernel-tables.js';
import type { Scope } from '../../subgraphs/kernel/data/scope.js';
import { createTestDatabase } from '../kit/database.js';
import { fillTables } from '../kit/rows.js';

const schemas = definitions.map(({ name }) => name);
const database = await createTestDatabase(migrationSets());
const admin = new Client({ connectionString: database.adminUrl });
await admin.connect();
const pools = new Map(schemas.map((schema): [string, Pool] => [schema, new Pool({ connectionString: database.urls.app[schema], max: 1 })]));

/** Everything that anybody may do: only the tenant and the person keep the two sides apart. */
const permissions = [...new Set(definitions.flatMap((definition) => Object.keys(definition.permissions)))];
const side = (): Scope & { tenant: string; user: string } => ({ tenant: newId(), user: newId(), permissions });
const [a, b] = [side(), side()];
const rows = await fillTables(admin, schemas, [a, b]);

afterAll(async () => {
  for (const pool of pools.values()) await pool.end();
  await admin.end();
  await database.drop();
});

const cross = (schema: string): Promise<CrossingReport> => tryCrossings(pools.get(schema) as Pool, { schema, from: a, to: b, rows: rows.get(schema) ?? new Map() });
let tried = 0;
let covered = 0;

describe.each(definitions)('$name', ({ name: schema, platformTables }) => {
  it('shows no row of another tenant, and lets none be changed, deleted, added or given away', async () => {
    const report = await cross(schema);
    expect(report.crossings).toEqual([]);
    // Where the owner does not succeed, an attempt that fails says nothing.
    expect(report.tables.filter((table) => !report.controlled.includes(table) && !report.untouchable.includes(table))).toEqual([]);
    tried += report.attempts;
    covered += report.tables.length;
  });

  it('tries every table but those of the platform', async () => {
    const { rows: [{ names = [] } = {}] } = await admin.query<{ names: string[] }>(`select array_agg(c.relname order by c.relname)::text[] as names from pg_class c
      where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`, [schema]);
    const platform = [...KERNEL_PLATFORM_TABLES, ...platformTables];
    expect((await cross(schema)).tables).toEqual(names.filter((name) => !platform.includes(name)));
  });
});

it('tried every table of every subgraph five times', () => {
  process.stdout.write(`crossings: ${tried} tried on ${covered} tables, found 0\n`);
  expect(covered).toBeGreaterThan(60);
  expect(tried).toBe(covered * 5);
});

describe('with a wall taken down', () => {
  it.each([
    ['no row-level security', ['alter table conversations.message disable row level security'], ['READ', 'CHANGE', 'DELETE', 'MOVE', 'INSERT']],
    ['a policy that shows everything', ['create policy hole on conversations.message for select using (true)'], ['READ']],
    ['a policy that takes every row', ['create policy hole on conversations.message for insert with check (true)'], ['INSERT']],
  ])('%s is found', async (_, hole, actions) => {
    for (const statement of hole) await admin.query(statement);
    try {
      expect((await cross('conversations')).crossings).toEqual(actions.map((action) => ({ table: 'message', action })));
    } finally {
      await admin.query('drop policy if exists hole on conversations.message; alter table conversations.message enable row level security');
    }
    expect((await cross('conversations')).crossings).toEqual([]);
  });

  it('a table whose policy was dropped shows nothing to its owner either, and so is not taken for walled', async () => {
    const { rows: [policy] } = await admin.query<{ using: string; check: string }>(
      `select qual as using, with_check as check from pg_policies where schemaname = 'conversations' and policyname = 'message_tenant'`);
    await admin.query('drop policy message_tenant on conversations.message');
    const report = await cross('conversations');
    await admin.query(`create policy message_tenant on conversations.message using (${policy?.using}) with check (${policy?.check})`);
    expect(report.tables.filter((table) => !report.controlled.includes(table) && !report.untouchable.includes(table))).toEqual(['message']);
    expect((await cross('conversations')).controlled).toContain('message');
  });
});
