// A database of its own for each test file, cloned from a migrated template in a few milliseconds.
import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate, type MigrationSet } from '../../subgraphs/kernel/data/migrate.js';
import { prepareRoles, type RoleUrls } from '../../subgraphs/kernel/data/roles.js';

export interface TestDatabase {
  /** Superuser URL of this database: for looking behind the walls, never for the code under test. */
  adminUrl: string;
  urls: RoleUrls;
  drop(): Promise<void>;
}

// Two test files that start together must not build the same template twice.
const TEMPLATE_LOCK = 7_316_299;

const withName = (url: string, name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

async function asAdmin<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The superuser URL of the run's PostgreSQL. */
export function testServerUrl(): string {
  const url = process.env['SWITCHBOARD_TEST_POSTGRES'];
  if (!url) throw new Error('Tests run through `npm test`, which starts their PostgreSQL.');
  return url;
}

/** A fresh, migrated database holding the schemas of `sets`. */
export async function createTestDatabase(sets: MigrationSet[]): Promise<TestDatabase> {
  const server = testServerUrl();
  const schemas = sets.map((set) => set.schema);
  const content = JSON.stringify(sets.map((set) => [set.schema, set.migrations.map((one) => [one.name, statementsOf(one)])]));
  const template = `template_${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(server, async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const known = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (known.rowCount === 0) {
      const building = `${template}_building`;
      await client.query(`drop database if exists ${building}`);
      await client.query(`create database ${building}`);
      const urls = await prepareRoles(withName(server, building), schemas);
      await migrate(urls.owner, sets, () => undefined);
      await asAdmin(withName(server, building), (inside) => inside.query('vacuum (freeze, analyze)'));
      await client.query(`alter database ${building} rename to ${template}`);
    }
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const adminUrl = withName(server, name);
  const urls = await prepareRoles(adminUrl, schemas);
  return { adminUrl, urls, drop: () => asAdmin(server, async (client) => { await client.query(`drop database if exists ${name} with (force)`); }) };
}

function statementsOf(migration: MigrationSet['migrations'][number]): unknown {
  const instance = new migration.class(undefined as never, undefined as never);
  void instance.up();
  return instance.getQueries().map(String);
}
