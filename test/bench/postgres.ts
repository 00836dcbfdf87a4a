// An embedded PostgreSQL of a bench's own, in a folder that goes with it. The disk is synchronised, as for customers.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../ops/postgres/server.js';
import { databaseOf } from '../kit/product.js';

/** Test kits find the server by the environment, as in a test run. @param work gets the process id of the server */
export async function withPostgres<T>(work: (databasePid: number) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  // As root the server runs as another user, who must be able to enter.
  chmodSync(folder, 0o711);
  try {
    const server = await startPostgres({ dataDir: join(folder, 'postgres'), log: () => undefined });
    process.env['SWITCHBOARD_TEST_POSTGRES'] = server.superuserUrl;
    try {
      return await work(databaseOf(folder)?.pid ?? 0);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
