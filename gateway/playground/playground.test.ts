// The playground over HTTP, behind a real gateway: its page, its files, its headers, and what it refuses.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { playgroundContent } from '../../ops/playground.content.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { schemaPath } from '../../subgraphs/kernel/base/schema-files.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import type { World } from '../world.fixture.js';
import { createPlayground } from './playground.js';
import { loadExamples, pagePolicy } from './playground.page.js';

interface Got { status: number; headers: IncomingHttpHeaders; body: Buffer }

let world: World;
let url: string;
let page: string;

/** As raw as a client can be: no normalised path, no decompression. */
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(url);
  const asked = request({ hostname, port, path, method, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
  });
  asked.on('error', reject).end();
});

const configOf = (html: string) => JSON.parse(/id="playground-config">(.*?)<\/script>/s.exec(html)?.[1] ?? 'null') as {
  bundle: string; sockets: string; examples: { name: string; query: string }[]; accounts: { label: string }[];
};
const linked = (html: string): string[] => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');

beforeAll(async () => {
  world = startWorld();
  const gateway = await world.gateway({ playground: createPlayground({ content: playgroundContent(true), logger: silentLogger }) });
  ({ url } = gateway);
  page = (await get('/playground')).body.toString();
});
afterAll(() => world.stop());

describe('the page', () => {
  it('is HTML with a policy of its own, never cached without asking', async () => {
    const { status, headers } = await get('/playground?from=anywhere');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
    const { host } = new URL(url);
    expect(headers['content-security-policy']).toBe(pagePolicy(host));
    expect(pagePolicy(host)).toContain(`connect-src 'self' ws://${host} wss://${host};`);
    expect(pagePolicy(host)).toMatch(/default-src 'none'.*script-src 'self';/);
    expect(pagePolicy(host)).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|https?:/);
  });

  it('takes no word of its policy from a wrong Host header', () => {
    expect(pagePolicy("x; script-src 'unsafe-inline'")).toBe(pagePolicy(undefined));
    expect(pagePolicy('[::1]:4000')).toContain('ws://[::1]:4000 ');
  });

  it('carries every operation of schema/operations, and no inline script or other origin', () => {
    const { examples, accounts } = configOf(page);
    const files = readdirSync(schemaPath('operations')).map((file) => readFileSync(schemaPath(`operations/${file}`), 'utf8').trim());
    expect(examples.map(({ query }) => query).sort()).toEqual(files.sort());
    expect(examples[0]?.name).toBe('Login');
    expect(accounts.map(({ label }) => label)).toContain('agent@demo.test');
    expect(page.match(/<script(?![^>]*(src=|application\/json))/g)).toBeNull();
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('knows no account and no password without the demo', async () => {
    const plain = createPlayground({ content: playgroundContent(false), logger: silentLogger }).render();
    expect(page).toContain('switchboard-demo-only');
    expect(plain).not.toMatch(/switchboard-demo-only|demo\.test|id="account"/);
    expect(configOf(plain).examples).toHaveLength(configOf(page).examples.length);
  });

  it('is refused at creation when it names an operation that is not there', () => {
    const content = playgroundContent(true);
    expect(() => loadExamples({ ...content, variables: { ...content.variables, Gone: '{}' } })).toThrow(
      'The playground names the operation Gone, which schema/operations does not hold.');
  });

  it('answers HEAD with the same headers and nothing else, 304 to its ETag, 405 to what would write', async () => {
    const full = await get('/playground');
    const head = await get('/playground', {}, 'HEAD');
    const { etag } = full.headers;
    expect([head.status, head.headers['content-length'], head.headers.etag, head.body.length]).toEqual([200, String(full.body.length), etag, 0]);
    const known = await get('/playground', { 'if-none-match': `"other", W/${etag}` });
    expect([known.status, known.body.length, known.headers.etag]).toEqual([304, 0, etag]);
    expect((await get('/playground', { 'if-none-match': '"other"' })).status).toBe(200);
    const post = await get('/playground', {}, 'POST');
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('leaves the paths beside it alone', async () => {
    for (const path of ['/playgrounds', '/playground.html', '/playground/', '/playground/assets']) {
      const { status, headers } = await get(path);
      expect([path, status, headers['content-type']]).toEqual([path, 404, 'application/json; charset=utf-8']);
    }
  });
});

describe('the files', () => {
  it('are all there, typed, and cached for good under names that change with them', async () => {
    const { bundle, sockets } = configOf(page);
    const types: Record<string, string> = {
      js: 'text/javascript; charset=utf-8', mjs: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', ttf: 'font/ttf',
    };
    const workers = ['editorWorker.js', 'graphqlWorker.js', 'jsonWorker.js', 'f6283f7ccaed1249d9eb.ttf'].map((name) => bundle + name);
    const paths = [...new Set([...linked(page), sockets, ...workers])];
    expect(paths.length).toBeGreaterThanOrEqual(9);
    for (const path of paths) {
      const { status, headers, body } = await get(path);
      expect([path, status, headers['content-type']]).toEqual([path, 200, types[path.split('.').at(-1) ?? '']]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(path).toMatch(/^\/playground\/assets\/(ruru-\d+\.\d+\.\d+|graphql-ws-\d+\.\d+\.\d+|page-[\w-]{22})\//);
      expect(Number(headers['content-length'])).toBe(body.length);
      expect(body.length).toBeGreaterThan(100);
    }
  });

  it('travel compressed to whoever takes it, under an ETag of that encoding', async () => {
    const paths = linked(page).filter((path) => /\.(js|mjs|css)$/.test(path));
    for (const path of [...paths, '/playground']) {
      const plain = await get(path, { 'accept-encoding': 'gzip, br;q=0' });
      const packed = await get(path, { 'accept-encoding': 'gzip, br;q=0.8' });
      expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([undefined, 'br']);
      expect(packed.headers.vary).toContain('accept-encoding');
      expect(brotliDecompressSync(packed.body).equals(plain.body)).toBe(true);
      expect(packed.headers.etag).not.toBe(plain.headers.etag);
      const known = await get(path, { 'accept-encoding': 'br', 'if-none-match': packed.headers.etag ?? '' });
      expect([known.status, known.headers['content-encoding'], known.body.length]).toEqual([304, undefined, 0]);
    }
  });

  it('are only those: no way out of them, no source maps, no unknown names', async () => {
    const { bundle } = configOf(page);
    const own = linked(page).find((path) => path.endsWith('.mjs'))?.replace(/[^/]+$/, '') ?? '';
    const outside = ['../package.json', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json', '..\\..\\package.json', '../../../../package.json',
      '../../../../../../../etc/passwd', '', '.', '__proto__', 'constructor', 'toString', 'absent.js', 'ruru.js.map', '%00', 'ruru.js%00.css'];
    for (const name of outside) {
      for (const folder of [bundle, own, '/playground/assets/']) {
        const { status, body } = await get(folder + name);
        expect([folder + name, status, body.toString()]).toEqual([folder + name, 404, 'The playground has no such file.\n']);
      }
    }
    expect((await get(`${bundle}ruru.js`)).status).toBe(200);
    expect((await get(`${bundle}ruru.js`, {}, 'DELETE')).status).toBe(405);
  });
});
