// Serves the self-hosted playground: one page and its assets, all from this origin, from the installed packages.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { ASSETS_PATH, OwnFile, PlaygroundAssets, type Representation } from './playground.assets.js';
import { pagePolicy, renderPage, type PlaygroundContent } from './playground.page.js';

const PAGE_PATH = '/playground';
const GRAPH_PATH = '/graphql';
const FOREVER = 'public, max-age=31536000, immutable';

export interface PlaygroundOptions {
  content: PlaygroundContent;
  logger: Logger;
}

export interface Playground {
  /** True when the request was for the playground; it is then answered, possibly a moment later. */
  (request: IncomingMessage, response: ServerResponse): boolean;
  /** The page, rendered anew from the operations and assets as they are now. @throws when one is missing or wrong. */
  render(): string;
}

/** @throws an Error when a package, an asset or an operation that the page needs is missing. */
export function createPlayground({ content, logger }: PlaygroundOptions): Playground {
  const assets = new PlaygroundAssets();
  const render = (): string => renderPage(content, new PlaygroundAssets().urls, GRAPH_PATH);
  const page = new OwnFile('playground.html', Buffer.from(renderPage(content, assets.urls, GRAPH_PATH)));

  const serve = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return say(request, response, 405, 'The playground answers GET and HEAD only.', { allow: 'GET, HEAD' });
    }
    const brotli = acceptsBrotli(request);
    if (path === PAGE_PATH) {
      response.setHeader('content-security-policy', pagePolicy(request.headers.host));
      return send(request, response, page.as(brotli), 'no-cache');
    }
    const found = await assets.find(path, brotli);
    if (!found) return say(request, response, 404, 'The playground has no such file.');
    // The editor's workers answer to the policy of their own script.
    response.setHeader('content-security-policy', pagePolicy(request.headers.host));
    send(request, response, found, FOREVER);
  };

  const handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path !== PAGE_PATH && !path.startsWith(ASSETS_PATH)) return false;
    serve(request, response, path).catch((error: unknown) => {
      logger.error({ err: error }, 'the playground failed to answer');
      say(request, response, 500, 'The playground failed; the log says why.');
    });
    return true;
  };
  return Object.assign(handle, { render });
}

function send(request: IncomingMessage, response: ServerResponse, { content, headers }: Representation, caching: string): void {
  for (const [name, value] of Object.entries({ ...headers, vary: 'accept-encoding', 'cache-control': caching })) response.setHeader(name, value);
  if (matches(request.headers['if-none-match'], headers['etag'])) {
    response.statusCode = 304;
    for (const name of ['content-type', 'content-encoding', 'content-length']) response.removeHeader(name);
    response.end();
    return;
  }
  response.statusCode = 200;
  response.setHeader('content-length', content.byteLength);
  response.end(request.method === 'HEAD' ? undefined : content);
}

function say(request: IncomingMessage, response: ServerResponse, status: number, sentence: string, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = `${sentence}\n`;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body), ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** `br` is listed and not with a weight of zero. */
const acceptsBrotli = ({ headers }: IncomingMessage): boolean =>
  String(headers['accept-encoding'] ?? '').split(',').some((part) => /^\s*br\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(part));

const matches = (asked: string | undefined, etag: string | undefined): boolean =>
  asked !== undefined && etag !== undefined && asked.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
