// Applies the migrations of a subgraph as the owner role; a schema that is already current costs one query.
import { MikroORM } from '@mikro-orm/postgresql';
import { Migration, Migrator } from '@mikro-orm/migrations';
import { Client } from 'pg';

export type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;
export interface NamedMigration {
  /** Sorts by time, e.g. `20261121-01-first`. Never renamed once released. */
  name: string;
  class: MigrationClass;
}

export interface MigrationSet {
  schema: string;
  migrations: NamedMigration[];
}

/** One statement per array entry, run in the migration's transaction. */
export function sqlMigration(name: string, statements: string[]): NamedMigration {
  return {
    name,
    class: class extends Migration {
      override up(): void {
        for (const statement of statements) this.addSql(statement);
      }
    },
  };
}

const LEDGER = 'switchboard_migrations';
// Any fixed number: two processes that start together migrate one after the other.
const MIGRATION_LOCK = 7_316_201;

/** Names applied so far, by schema. */
async function applied(client: Client, schema: string): Promise<Set<string>> {
  const known = await client.query<{ here: boolean }>(`select to_regclass($1) is not null as here`, [`${LEDGER}.${schema}`]);
  if (!known.rows[0]?.here) return new Set();
  const names = await client.query<{ name: string }>(`select name from ${LEDGER}.${schema}`);
  return new Set(names.rows.map((row) => row.name));
}

const missingOf = async (client: Client, { schema, migrations }: MigrationSet): Promise<NamedMigration[]> => {
  const done = await applied(client, schema);
  return migrations.filter((migration) => !done.has(migration.name));
};

/** What `migrate` would run, as `schema/name`. Changes nothing. */
export async function pendingMigrations(client: Client, sets: MigrationSet[]): Promise<string[]> {
  const pending: string[] = [];
  for (const set of sets) for (const { name } of await missingOf(client, set)) pending.push(`${set.schema}/${name}`);
  return pending;
}

/** Brings every schema up to date. @returns the migrations that ran, as `schema/name`. */
export async function migrate(ownerUrl: string, sets: MigrationSet[], log: (line: string) => void): Promise<string[]> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran: string[] = [];
    for (const set of sets) {
      const missing = await missingOf(client, set);
      if (missing.length === 0) continue;
      log(`migrating ${set.schema}: ${missing.map((migration) => migration.name).join(', ')}`);
      await run(ownerUrl, set);
      ran.push(...missing.map((migration) => `${set.schema}/${migration.name}`));
    }
    return ran;
  } finally {
    await client.end();
  }
}

async function run(ownerUrl: string, set: MigrationSet): Promise<void> {
  const orm = await MikroORM.init({
    clientUrl: ownerUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    migrations: {
      tableName: `${LEDGER}.${set.schema}`,
      migrationsList: set.migrations,
      snapshot: false,
      transactional: true,
      allOrNothing: true,
      silent: true,
    },
  });
  try {
    await orm.migrator.up();
  } finally {
    await orm.close(true);
  }
}
