// A restored cluster takes the place of another: killed at any step, the next start serves one of them or says what to do, and never begins an empty one.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../postgres/server.js';
import { swapCrashTable, swapIn } from './swap.in.js';

const now = new Date('2026-12-01T09:30:00Z');
const BEFORE = '-before-2026-12-01T09-30-00-000Z';
let folder: string;
let data: string;
let restored: { cluster: string; password: string };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-swap-'));
  await chmod(folder, 0o711);
  data = join(folder, 'data');
  await made(data, 'old');
  const other = join(folder, 'other');
  await made(other, 'restored');
  restored = { cluster: join(other, 'cluster'), password: (await readFile(join(other, 'superuser-password'), 'utf8')).trim() };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const serving = async <T>(dataDir: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const server = await startPostgres({ dataDir, log: () => undefined, fast: true });
  const client = new Client({ connectionString: server.superuserUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
    await server.stop();
  }
};
const made = (dataDir: string, name: string): Promise<unknown> => serving(dataDir, (client) => client.query(`create table which as select '${name}' as name`));
const which = (): Promise<string> => serving(data, async (client) => (await client.query<{ name: string }>('select name from which')).rows[0]?.name ?? '');
const swap = (killedAt?: string): Promise<string | null> => swapIn(data, restored.cluster, restored.password, now, (point) => { if (point === killedAt) throw new Error('killed'); });

it('keeps the one that was there, which is served again when both are renamed back', async () => {
  expect(await swap()).toBe(join(data, `cluster${BEFORE}`));
  expect(await which()).toBe('restored');
  for (const name of ['cluster', 'superuser-password']) {
    await rename(join(data, name), join(data, `${name}-restored`));
    await rename(join(data, `${name}${BEFORE}`), join(data, name));
  }
  expect(await which()).toBe('old');
});

it.each(swapCrashTable)('killed at $point: $onRestart', async ({ point }) => {
  await expect(swap(point)).rejects.toThrow('killed');
  if (point === 'restore:kept') return expect(await which()).toBe('old');
  await expect(which()).rejects.toThrow(`rename cluster${BEFORE} to cluster and superuser-password${BEFORE} to superuser-password`);
  expect(await readdir(data)).not.toContain('cluster');
  if (point === 'restore:aside') {
    for (const name of ['cluster', 'superuser-password']) await rename(join(data, `${name}${BEFORE}`), join(data, name));
    return expect(await which()).toBe('old');
  }
  expect(await swap()).toBeNull();
  return expect(await which()).toBe('restored');
});
