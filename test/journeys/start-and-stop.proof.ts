// The start command as an operator meets it: wrong settings, a taken port, Ctrl-C, an external database.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { testServerUrl } from '../kit/database.js';
import { compileProduct, discardProduct, databaseOf, startProduct } from '../kit/product.js';

let code: string;
let folder: string;

beforeAll(() => {
  code = compileProduct();
  folder = mkdtempSync(join(tmpdir(), 'switchboard-start-'));
  // As root the database runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
});
afterAll(() => {
  discardProduct(code);
  rmSync(folder, { recursive: true, force: true });
});

const run = (env: Record<string, string>) => {
  const done = spawnSync(process.execPath, [join(code, 'ops/cli/up.js')], {
    encoding: 'utf8', timeout: 30_000, env: { PATH: process.env['PATH'], SWITCHBOARD_DATA_DIR: join(folder, 'never'), ...env },
  });
  return { code: done.status, said: done.stderr };
};

describe('a wrong setting', () => {
  it.each([
    [{ PORT: 'abc' }, /^Configuration: PORT must be a port number/],
    [{ PORT: '70000' }, /^Configuration: PORT /],
    [{ META_GRAPH_URL: 'http://example.com' }, /^Configuration: META_GRAPH_URL may use plain http on a loopback address only/],
    [{ META_GRAPH_URL: 'graph' }, /^Configuration: META_GRAPH_URL must be a URL/],
    [{ DATABASE_URL: 'mysql://x' }, /^Configuration: DATABASE_URL must be a URL/],
    [{ DATABASE_URL: 'postgres://me:very-secret@127.0.0.1:1/none', PORT: '0', LOG_LEVEL: 'silent' }, /^The database of DATABASE_URL cannot be used/],
    [{ SWITCHBOARD_MASTER_KEY: 'c2hvcnQ=' }, /^Configuration: SWITCHBOARD_MASTER_KEY must hold 32 bytes/],
    [{ NODE_ENV: 'production' }, /^Configuration: DATABASE_URL is required/],
    [{ SWITCHBOARD_DATA_DIR: '/dev/null/data' }, /^Configuration: the folder of SWITCHBOARD_DATA_DIR, \/dev\/null\/data, cannot be made/],
  ])('%j gives one clear sentence and exit code 1', (env, sentence) => {
    const { code: exit, said } = run(env);
    expect(exit).toBe(1);
    expect(said).toMatch(sentence);
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(said).not.toContain('very-secret');
  });

  it('a taken port is named before anything is started', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => { other.once('listening', resolve); });
    const { port } = other.address() as { port: number };
    const { code: exit, said } = run({ PORT: String(port) });
    expect([exit, said.trim()]).toEqual([1, `Port ${port} on 127.0.0.1 is taken by another program: stop it, or choose another port with PORT.`]);
    other.close();
  });
});

describe('a start', () => {
  it('keeps its promises, outlives Ctrl-C of its database, drains and stops all it started, and starts again with its data', async () => {
    const dataDir = join(folder, 'data');
    const first = await startProduct({ code, dataDir });
    const health = await fetch(`${first.url}/api/health`);
    expect(health.status).toBe(200);
    const { checks } = await health.json() as { checks: { name: string; ok: boolean }[] };
    expect(checks.filter((check) => check.ok).map((check) => check.name)).toEqual(expect.arrayContaining(['workers', 'demo', 'metaStandIn', 'identity', 'compliance']));
    const database = databaseOf(dataDir);
    expect(database).not.toBeNull();
    // In a process group of its own: a terminal's Ctrl-C reaches node alone.
    const group = spawnSync('ps', ['-o', 'pgid=', '-p', String(database?.pid)], { encoding: 'utf8' }).stdout.trim();
    expect(group).toBe(String(database?.pid));
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    expect(databaseOf(dataDir)).toBeNull();
    const second = await startProduct({ code, dataDir });
    expect(second.logs()).not.toContain('could not');
    expect((await fetch(`${second.url}/api/ready`)).status).toBe(200);
    await second.stop();
  });

  it('uses the database of DATABASE_URL, without demo and stand-in, and with a Graph API that does not answer', async () => {
    const admin = new Client({ connectionString: testServerUrl() });
    await admin.connect();
    const name = `external_${process.pid}`;
    await admin.query(`create database ${name}`);
    const url = new URL(testServerUrl());
    url.pathname = `/${name}`;
    const product = await startProduct({ code, dataDir: join(folder, 'external'), env: { DATABASE_URL: url.href, META_GRAPH_URL: 'http://127.0.0.1:9' } });
    const { checks } = await (await fetch(`${product.url}/api/health`)).json() as { checks: { name: string; ok: boolean }[] };
    expect(checks.every((check) => check.ok)).toBe(true);
    expect(checks.map((check) => check.name)).not.toContain('demo');
    expect(product.standInUrl).toBeUndefined();
    await product.stop();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
});
