// How far the schemas of a database have come: what a restore by an older version of the product is refused by.
import type { Client } from 'pg';
import { subgraphNames } from '../rover.file.js';

/** The newest migration of each subgraph, as the database has them. */
export async function schemasOf(client: Client): Promise<Record<string, string>> {
  const schemas: Record<string, string> = {};
  for (const name of subgraphNames()) {
    const { rows: [table] } = await client.query<{ here: boolean }>('select to_regclass($1) is not null as here', [`switchboard_migrations.${name}`]);
    if (!table?.here) continue;
    const { rows: [newest] } = await client.query<{ name: string }>(`select name from switchboard_migrations.${name} order by id desc limit 1`);
    schemas[name] = newest?.name ?? '';
  }
  return schemas;
}
