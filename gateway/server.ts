// The one process clients talk to: listens, sends every request to its room, and drains.
import type { KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import helmet from 'helmet';
import type { Clock } from '../subgraphs/kernel/base/clock.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../subgraphs/kernel/base/metrics.js';
import type { AuthenticatePort, SubgraphPort } from '../subgraphs/kernel/base/subgraph-port.js';
import { ActorSigner, Authenticator } from './actor.js';
import { LocalDataSource } from './data-sources/local.data-source.js';
import { Documents } from './documents.js';
import { ErrorPublisher } from './errors.js';
import { serveGraph, type GraphEndpoint } from './graphql.endpoint.js';
import { startGraphServer } from './graphql.server.js';
import { healthAnswer, isHealthPath, type HealthChecks } from './health/health.js';
import { ClientGone, answer, openExchange, problem, type Exchange } from './http.exchange.js';
import { QuietConnections } from './http.connections.js';
import { RouteTable, serveRoute, type DeclaredRoutes } from './routes.js';
import { SubscriptionPlans } from './subscriptions/plan.js';
import { SubscriptionRunner } from './subscriptions/run.js';
import { Sockets } from './subscriptions/socket.js';
import { buildGateway, buildState } from './supergraph.js';

const GRAPH_PATH = '/graphql';
const METRICS_PATH = '/api/monitoring/metrics';
const DRAIN_MS = 10_000;
const IDLE_SWEEP_MS = 50;

export interface GatewayOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  supergraphSdl: string;
  /** By the name the supergraph gives them. */
  subgraphs: Readonly<Record<string, SubgraphPort>>;
  routes: DeclaredRoutes;
  authenticate: AuthenticatePort;
  /** Ed25519 private key that signs actors; subgraphs hold the public half. */
  actorKey: KeyObject;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
  health: HealthChecks;
  /** Serves the playground's pages; true when the request was one of them. Sets its own Content-Security-Policy. */
  playground?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface Gateway {
  /** `http://host:port` */
  url: string;
  port: number;
  /** `ws://host:port/graphql` */
  wsUrl: string;
  /** Stops accepting, lets what runs end (at most 10 s), closes sockets with a reason to reconnect. Once; repeated calls wait. */
  drain(): Promise<void>;
}

interface Rooms {
  options: GatewayOptions;
  table: RouteTable;
  graph: GraphEndpoint;
  draining: () => boolean;
}

/** @throws a sentence naming the port and PORT when it cannot listen; an Error when the supergraph does not load. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { logger, metrics, clock, subgraphs } = options;
  const signer = new ActorSigner(options.actorKey, clock);
  const dataSources = Object.fromEntries(
    Object.entries(subgraphs).map(([name, port]) => [name, new LocalDataSource(name, port, signer, metrics)]),
  );
  const state = buildState(options.supergraphSdl, dataSources);
  const errors = new ErrorPublisher(logger);
  const authenticator = new Authenticator(options.authenticate, clock);
  const documents = new Documents(state.schema);
  const server = await startGraphServer(buildGateway(options.supergraphSdl, dataSources, logger), errors, metrics, logger);
  const plans = new SubscriptionPlans(state);
  const runner = new SubscriptionRunner({ state, subgraphs, dataSources, signer, errors, logger });
  const sockets = new Sockets({ server, documents, plans, runner, errors, authenticator, clock, logger, metrics });

  let drained: Promise<void> | null = null;
  const draining = (): boolean => drained !== null;
  const rooms: Rooms = {
    options, table: new RouteTable(options.routes.declarations), graph: { server, documents, errors, authenticator }, draining,
  };
  const http = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 });
  const quiet = new QuietConnections(http);
  http.on('request', (request, response) => void serve(request, response, rooms));
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (draining() || request.url?.split('?')[0] !== GRAPH_PATH) {
      const status = draining() ? '503 Service Unavailable' : '404 Not Found';
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    } else sockets.upgrade(request, socket, head);
  });
  const drain = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    const idle = setInterval(() => quiet.close(), IDLE_SWEEP_MS);
    const impatient = setTimeout(() => http.closeAllConnections(), DRAIN_MS);
    await Promise.all([sockets.drain(DRAIN_MS), closed]);
    clearInterval(idle);
    clearTimeout(impatient);
    await server.stop();
  };
  try {
    await listen(http, options);
  } catch (error) {
    await Promise.all([sockets.drain(0), server.stop()]);
    throw error;
  }
  const { port } = http.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    port, url: `http://${host}:${port}`, wsUrl: `ws://${host}:${port}${GRAPH_PATH}`,
    drain: () => (drained ??= drain()),
  };
}

function listen(http: Server, { host, port, logger }: GatewayOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const why = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${error.code ?? error.message})`;
      reject(new Error(`Port ${port} ${why} on ${host}: free it, or set PORT to another one.`, { cause: error }));
    };
    http.once('error', failed);
    http.listen(port, host, () => {
      http.off('error', failed).on('error', (error) => logger.error({ err: error }, 'the listener failed'));
      resolve();
    });
  });
}

const secure = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
});

async function serve(request: IncomingMessage, response: ServerResponse, rooms: Rooms): Promise<void> {
  const { logger, metrics } = rooms.options;
  const exchange = openExchange(request, response);
  const { correlationId, method } = exchange;
  const finished = metrics.httpRequests.startTimer();
  response.once('close', () => {
    const seconds = finished({ route: exchange.route, status: String(response.statusCode) });
    const level = isHealthPath(exchange.path) || exchange.path === METRICS_PATH ? 'debug' : 'info';
    logger[level]({ correlationId, method, route: exchange.route, status: response.statusCode, seconds }, 'request');
  });
  if (rooms.draining()) response.setHeader('connection', 'close');
  try {
    secure(request, response, (fault?: unknown) => { if (fault) throw fault; });
    await dispatch(exchange, rooms);
  } catch (error) {
    if (error instanceof ClientGone) {
      logger.debug({ correlationId, route: exchange.route }, 'the client went away');
      response.destroy();
      return;
    }
    const { message, extensions } = rooms.graph.errors.publish(error, correlationId);
    answer(exchange, problem(500, 'INTERNAL', message, { 'x-error-reference': String(extensions?.['reference']) }));
  }
}

async function dispatch(exchange: Exchange, { options, table, graph, draining }: Rooms): Promise<void> {
  const { path, method, request, response } = exchange;
  if (path === GRAPH_PATH) {
    exchange.route = GRAPH_PATH;
    return serveGraph(exchange, graph);
  }
  if (isHealthPath(path) || path === METRICS_PATH) {
    exchange.route = path;
    if (method !== 'GET' && method !== 'HEAD') {
      return answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers GET and HEAD only.', { allow: 'GET, HEAD' }));
    }
    if (isHealthPath(path)) return answer(exchange, await healthAnswer(path, options.health, draining(), options.logger));
    const { registry } = options.metrics;
    return answer(exchange, { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() });
  }
  if (await serveRoute(exchange, table, options.routes, options.logger)) return;
  exchange.route = 'playground';
  if (options.playground?.(request, response)) return;
  exchange.route = 'other';
  answer(exchange, problem(404, 'NOT_FOUND', 'There is nothing at this path.'));
}
