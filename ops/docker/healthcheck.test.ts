// The container's health check against real listeners: ready, not ready, silent, absent.
import { spawn } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

const closers: (() => void)[] = [];
afterEach(() => { for (const close of closers.splice(0)) close(); });

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  closers.push(() => { server.closeAllConnections(); server.close(); });
  return (server.address() as AddressInfo).port;
}

/** @returns exit code and what it said */
function check(environment: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(projectRoot, 'ops/docker/healthcheck.mjs')], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString('utf8'); });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}

describe('healthcheck.mjs', () => {
  it('asks /api/ready on the loopback address and is content with 200', async () => {
    const asked: string[] = [];
    const port = await listen((request, response) => { asked.push(request.url ?? ''); response.end('{"status":"ok"}'); });
    expect(await check({ HOST: '0.0.0.0', PORT: String(port) })).toEqual({ code: 0, said: '' });
    expect(asked).toEqual(['/api/ready']);
  });

  it('fails with what the process said', async () => {
    const port = await listen((_request, response) => { response.writeHead(503).end('{"status":"failing"}'); });
    expect(await check({ PORT: String(port) })).toEqual({ code: 1, said: `http://127.0.0.1:${port}/api/ready: 503 {"status":"failing"}\n` });
  });

  it('fails when nobody listens', async () => {
    const port = await listen(() => undefined);
    for (const close of closers.splice(0)) close();
    const { code, said } = await check({ PORT: String(port) });
    expect(code).toBe(1);
    expect(said).toContain('ECONNREFUSED');
  });

  it('fails within five seconds when the process accepts and says nothing', async () => {
    const port = await listen(() => undefined);
    const begun = performance.now();
    const { code, said } = await check({ PORT: String(port) });
    expect(code).toBe(1);
    expect(said).toContain('no answer within 4000 ms');
    // Docker's own time-out is 5 s; a busy machine gets some more here.
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});
