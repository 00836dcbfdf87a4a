// What subgraphs say of backups of one tenant is of tables and columns that exist, and what stays cannot go with what is replaced.
import 'reflect-metadata';
import { afterAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { definitions, migrationSets } from '../../ops/composition.js';
import { KERNEL_STAYS, NO_SNAPSHOT_RULES } from '../../subgraphs/kernel/data/snapshot-rules.js';
import { tenantTables } from '../../subgraphs/kernel/data/tenant-rows.js';
import { doomedTables, snapshotTables } from '../../workers/tenant-backups/tenant.tables.js';
import { createTestDatabase } from '../kit/database.js';

const database = await createTestDatabase(migrationSets());
const admin = new Client({ connectionString: database.adminUrl });
await admin.connect();
afterAll(async () => {
  await admin.end();
  await database.drop();
});

it.each(definitions.map(({ name, tenantSnapshot }) => ({ name, tenantSnapshot })))('$name', async ({ name, tenantSnapshot }) => {
  if (!tenantSnapshot) throw new Error(`${name} says nothing of backups of one tenant.`);
  const { stays, ends, grows, keeps, written, wanted, settled, anew } = tenantSnapshot;
  const tables = await tenantTables(admin, name);
  const named = [...[stays, ends, grows, wanted, settled, anew.leaves, anew.rewritten].flatMap(Object.keys), ...written, ...Object.keys(keeps).map((column) => column.split('.')[0] ?? '')];
  expect(named.filter((table) => !tables.includes(table))).toEqual([]);
  const inside = await snapshotTables(admin, name, tenantSnapshot);
  const columns = new Set(inside.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`)));
  const told = [...Object.keys(keeps), ...[settled, anew.rewritten].flatMap((of) => Object.entries(of).flatMap(([table, of2]) => Object.keys(of2).map((column) => `${table}.${column}`)))];
  expect(told.filter((column) => !columns.has(column))).toEqual([]);
  // A row that stays would go with one that is deleted, or forbid it.
  const doomed = doomedTables(inside, tenantSnapshot);
  const { rows } = await admin.query<{ child: string; parent: string }>(`select c.conrelid::regclass::text as child, p.relname as parent from pg_constraint c join pg_class p on p.oid = c.confrelid
    where c.contype = 'f' and c.connamespace = $1::regnamespace`, [name]);
  const staying = [...Object.keys(stays), ...Object.keys(KERNEL_STAYS), ...Object.keys(grows)].map((table) => `${name}.${table}`);
  expect(rows.filter(({ child, parent }) => staying.includes(child) && doomed.includes(parent))).toEqual([]);
  // All that is not named is in it.
  expect(new Set([...inside.map((table) => table.name), ...[stays, ends, KERNEL_STAYS].flatMap(Object.keys)])).toEqual(new Set([...tables, ...Object.keys(KERNEL_STAYS)]));
  expect((await snapshotTables(admin, name, NO_SNAPSHOT_RULES)).length).toBeGreaterThanOrEqual(inside.length);
});
