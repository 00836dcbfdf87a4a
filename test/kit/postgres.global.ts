// Jest's global set-up: one embedded PostgreSQL for the run, on random ports, with the house's roles.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type EmbeddedServer } from '../../ops/postgres/server.js';

declare global {
  var switchboardTestServer: { server: EmbeddedServer; folder: string } | undefined;
}

export default async function setup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-test-'));
  // As root the server runs as another user, who must be able to enter.
  chmodSync(folder, 0o711);
  const server = await startPostgres({ dataDir: join(folder, 'data'), log: () => undefined, fast: true });
  globalThis.switchboardTestServer = { server, folder };
  process.env['SWITCHBOARD_TEST_POSTGRES'] = server.superuserUrl;
}

export async function teardown(): Promise<void> {
  const running = globalThis.switchboardTestServer;
  if (!running) return;
  await running.server.stop();
  rmSync(running.folder, { recursive: true, force: true });
}
