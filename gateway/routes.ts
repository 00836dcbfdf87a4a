// Declared HTTP routes of subgraphs: matched, read raw up to their limit, handed to their owner, answered in time.
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { RouteDeclaration, RoutePort, RouteResponse } from '../subgraphs/kernel/base/subgraph-port.js';
import { DeadlineExceeded, withDeadline } from './deadline.js';
import { answer, originOf, problem, readBody, type Answer, type Exchange } from './http.exchange.js';

export interface DeclaredRoutes {
  declarations: readonly RouteDeclaration[];
  port: (subgraph: string) => RoutePort;
}

interface Compiled {
  declaration: RouteDeclaration;
  segments: readonly { literal: string | null; name: string }[];
}

type Match =
  | { kind: 'found'; declaration: RouteDeclaration; params: Record<string, string> }
  | { kind: 'other-method'; path: string; allow: string }
  | { kind: 'none' };

/** The declared routes as a table. @throws when two declarations claim the same method and path. */
export class RouteTable {
  readonly #routes: readonly Compiled[];

  constructor(declarations: readonly RouteDeclaration[]) {
    const claimed = new Map<string, string>();
    for (const { method, path, name } of declarations) {
      const shape = `${method} ${path.replace(/:[^/]+/g, ':')}`;
      const other = claimed.get(shape);
      if (other) throw new Error(`The routes "${other}" and "${name}" both claim ${method} ${path}.`);
      claimed.set(shape, name);
    }
    const parameters = (route: Compiled): number => route.segments.filter(({ literal }) => literal === null).length;
    this.#routes = declarations.map(compile).sort((a, b) => parameters(a) - parameters(b));
  }

  /** `segments`: the decoded path, split at its slashes. */
  match(method: string, segments: readonly string[]): Match {
    const fitting = this.#routes.flatMap((route) => {
      const params = fit(route, segments);
      return params ? [{ declaration: route.declaration, params }] : [];
    });
    const found = fitting.find(({ declaration }) => declaration.method === method);
    if (found) return { kind: 'found', ...found };
    const [first] = fitting;
    if (!first) return { kind: 'none' };
    const allow = [...new Set(fitting.map(({ declaration }) => declaration.method))].sort().join(', ');
    return { kind: 'other-method', path: first.declaration.path, allow };
  }
}

const compile = (declaration: RouteDeclaration): Compiled => ({
  declaration,
  segments: declaration.path.split('/').map((segment) =>
    segment.startsWith(':') ? { literal: null, name: segment.slice(1) } : { literal: segment, name: '' }),
});

function fit(route: Compiled, segments: readonly string[]): Record<string, string> | null {
  if (route.segments.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, { literal, name }] of route.segments.entries()) {
    const segment = segments[index] ?? '';
    if (literal === null ? segment === '' : segment !== literal) return null;
    if (literal === null) params[name] = segment;
  }
  return params;
}

/** The path split at its slashes and decoded, `null` when its percent-encoding is malformed. */
export function decodePath(path: string): string[] | null {
  try {
    return path.split('/').map((segment) => decodeURIComponent(segment));
  } catch {
    return null; // URIError is the only thing decodeURIComponent throws
  }
}

/** Serves the exchange if a declared route has its path. Resolves to whether it did. */
export async function serveRoute(
  exchange: Exchange, table: RouteTable, routes: DeclaredRoutes, logger: Logger,
): Promise<boolean> {
  const segments = decodePath(exchange.path);
  if (!segments) {
    answer(exchange, problem(400, 'BAD_USER_INPUT', 'The path is not properly percent-encoded.'));
    return true;
  }
  const match = table.match(exchange.method, segments);
  if (match.kind === 'none') return false;
  if (match.kind === 'other-method') {
    exchange.route = match.path;
    answer(exchange, problem(405, 'BAD_USER_INPUT', `This path answers ${match.allow} only.`, { allow: match.allow }));
    return true;
  }
  exchange.route = match.declaration.path;
  answer(exchange, await call(exchange, match.declaration, match.params, routes, logger));
  return true;
}

async function call(
  exchange: Exchange, declaration: RouteDeclaration, params: Record<string, string>, routes: DeclaredRoutes, logger: Logger,
): Promise<Answer> {
  const { request, correlationId, search } = exchange;
  const body = await readBody(request, declaration.maxBytes);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const handling = routes.port(declaration.subgraph).handle(declaration.name, {
    params, query: new URLSearchParams(search), headers, body: body.bytes, oversize: body.oversize,
    ip: originOf(request).ip, correlationId, url: urlOf(exchange),
  });
  try {
    return closing(await withDeadline(handling, declaration.timeoutMs, `the route ${declaration.name}`), body.oversize);
  } catch (error) {
    if (!(error instanceof DeadlineExceeded)) throw error;
    logger.error({ correlationId, route: declaration.name, timeoutMs: declaration.timeoutMs }, 'a route did not answer in time');
    return problem(503, 'INTERNAL', 'This took too long: try again later.', { 'retry-after': '1' });
  }
}

const closing = (response: RouteResponse, oversize: boolean): Answer => ({
  ...response,
  headers: {
    ...(response.body === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' }),
    ...lowerCase(response.headers ?? {}),
    ...(oversize ? { connection: 'close' } : {}),
  },
});

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** The URL as the client called it; providers sign it. Forwarded headers are not believed. */
function urlOf({ request, path, search }: Exchange): string {
  const host = request.headers.host ?? `${request.socket.localAddress}:${request.socket.localPort}`;
  return `http://${host}${path}${search}`;
}
