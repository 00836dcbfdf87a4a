// Declared HTTP routes of subgraphs: matched, read raw up to their limit, handed to their owner, answered in time.
import { DeadlineExceeded, withDeadline } from '../subgraphs/kernel/base/deadline.js';
import { routeBody } from '../subgraphs/kernel/base/http.body.js';
import { answer, problem, type Answer, type Exchange } from '../subgraphs/kernel/base/http.exchange.js';
import { routeHeaders } from '../subgraphs/kernel/base/http.headers.js';
import { routeAnswer } from '../subgraphs/kernel/base/http.route.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { SubgraphUnavailable, type RouteDeclaration, type RoutePort } from '../subgraphs/kernel/base/subgraph-port.js';
import type { Proxies } from './proxies.js';

export interface DeclaredRoutes {
  declarations: readonly RouteDeclaration[];
  /** Of the owner, in this process or behind a proxy. */
  port: (subgraph: string) => RoutePort | RouteProxy;
}

/** One request for a declared route, its body unread. */
export interface RouteCall {
  declaration: RouteDeclaration;
  params: Record<string, string>;
  exchange: Exchange;
  /** As the client called it. */
  url: string;
  /** Address of the client. */
  ip: string | null;
}

/** The way to a route whose owner is another process: bytes go through as they are. */
export interface RouteProxy {
  /** Answers the exchange. @throws DeadlineExceeded, SubgraphUnavailable or ClientGone before anything was answered */
  proxy(call: RouteCall): Promise<void>;
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

  /** Whether web pages of other origins may call the routes at a path. */
  isForPages(path: string): boolean {
    const segments = decodePath(path);
    return segments !== null && this.#routes.some((route) => route.declaration.pages === true && fit(route, segments) !== null);
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
  exchange: Exchange, table: RouteTable, routes: DeclaredRoutes, proxies: Proxies, logger: Logger,
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
  await call({ declaration: match.declaration, params: match.params, exchange, url: proxies.urlOf(exchange), ip: proxies.originOf(exchange.request).ip }, routes, logger);
  return true;
}

async function call(routeCall: RouteCall, routes: DeclaredRoutes, logger: Logger): Promise<void> {
  const { declaration: { name, subgraph, timeoutMs }, exchange } = routeCall;
  const { correlationId } = exchange;
  try {
    const port = routes.port(subgraph);
    if ('proxy' in port) await port.proxy(routeCall);
    else answer(exchange, await callHere(routeCall, port));
  } catch (error) {
    if (error instanceof DeadlineExceeded) {
      logger.error({ correlationId, route: name, timeoutMs }, 'a route did not answer in time');
      answer(exchange, later('This took too long: try again later.'));
    } else if (error instanceof SubgraphUnavailable) {
      logger.error({ correlationId, route: name, err: error }, 'the owner of a route is unavailable');
      answer(exchange, later('This is unavailable: try again later.'));
    } else throw error;
  }
}

const later = (message: string): Answer => problem(503, 'INTERNAL', message, { 'retry-after': '1' });

async function callHere({ declaration, params, exchange, url, ip }: RouteCall, port: RoutePort): Promise<Answer> {
  const { request, search, correlationId } = exchange;
  const body = await routeBody(request, declaration);
  const handling = port.handle(declaration.name, {
    params, query: new URLSearchParams(search), headers: routeHeaders(request.headers), ...body,
    ip, correlationId, url,
  });
  try {
    return routeAnswer(await withDeadline(handling, declaration.timeoutMs + (declaration.streamMs ?? 0), `the route ${declaration.name}`), body.oversize);
  } catch (error) {
    // What it answers too late goes to nobody: a stream that nobody reads would stay open.
    if (error instanceof DeadlineExceeded) handling.then(({ body: late }) => { if (typeof late === 'object' && 'stream' in late) late.stream.destroy(); }, () => undefined);
    throw error;
  }
}
