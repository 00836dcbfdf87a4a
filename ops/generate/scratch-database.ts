// A migrated database that lives as long as one piece of work: an embedded server of its own in a temporary folder.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, type MigrationSet } from '../../subgraphs/kernel/data/migrate.js';
import { prepareRoles } from '../../subgraphs/kernel/data/roles.js';
import { startPostgres } from '../postgres/server.js';

/** @param work gets the superuser's URL of a database that holds `sets` */
export async function withScratchDatabase<T>(sets: MigrationSet[], log: (line: string) => void, work: (url: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-generate-'));
  try {
    const server = await startPostgres({ dataDir: join(folder, 'data'), log, fast: true });
    try {
      const urls = await prepareRoles(server.superuserUrl, sets.map(({ schema }) => schema));
      await migrate(urls.owner, sets, log);
      return await work(server.superuserUrl);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
