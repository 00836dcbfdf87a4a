// The one process clients talk to: listens, sends every request to its room, and drains.
import type { KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import helmet from 'helmet';
import type { ApiUsagePort } from '../subgraphs/kernel/base/api-usage.js';
import type { Clock } from '../subgraphs/kernel/base/clock.js';
import type { HealthChecks } from '../subgraphs/kernel/base/health.js';
import { Connections, listen, type Place } from '../subgraphs/kernel/base/http.connections.js';
import { ClientGone, REQUEST_MS, answer, openExchange, problem, type Exchange } from '../subgraphs/kernel/base/http.exchange.js';
import { isOperatorPath, serveOperator } from '../subgraphs/kernel/base/http.operations.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../subgraphs/kernel/base/metrics.js';
import { Monitoring } from '../subgraphs/kernel/base/monitoring.js';
import type { SettingsPort } from '../subgraphs/kernel/base/settings-port.js';
import type { AuthenticatePort, SubgraphPort } from '../subgraphs/kernel/base/subgraph-port.js';
import { ActorSigner, Authenticator } from './actor.js';
import { SubgraphDataSource } from './data-sources/subgraph.data-source.js';
import { Documents } from './documents.js';
import { ErrorPublisher } from './errors.js';
import { serveGraph, type GraphEndpoint } from './graphql.endpoint.js';
import { startGraphServer } from './graphql.server.js';
import { Proxies } from './proxies.js';
import { RouteTable, serveRoute, type DeclaredRoutes } from './routes.js';
import { Admission } from './settings/admission.js';
import { Pages } from './settings/pages.js';
import { TenantSettings } from './settings/tenant.settings.js';
import { SubscriptionPlans } from './subscriptions/plan.js';
import { FanOut } from './subscriptions/fan-out.js';
import { Cap, DEFAULT_CAPS, type LiveCaps } from './subscriptions/live.caps.js';
import { Peers } from './subscriptions/peers.js';
import { SubscriptionRunner } from './subscriptions/run.js';
import { Sockets } from './subscriptions/socket.js';
import { UsageReporter } from './usage/usage.reporter.js';
import { buildGateway, buildState } from './supergraph.js';

const GRAPH_PATH = '/graphql';

export interface GatewayOptions extends Place {
  /** How long a drain still accepts, for balancers and clients to notice. */
  drainDelayMs?: number;
  /** Addresses and networks of our own proxies, whose forwarded headers are believed. */
  trustedProxies?: readonly string[];
  supergraphSdl: string;
  /** By the name the supergraph gives them. */
  subgraphs: Readonly<Record<string, SubgraphPort>>;
  routes: DeclaredRoutes;
  authenticate: AuthenticatePort;
  /** What tenants have set, to be enforced here. */
  settings: SettingsPort;
  /** Origins of web pages that may call for every tenant: where the platform's own frontend runs. */
  platformOrigins?: readonly string[];
  /** Where the counts of calls go, once a minute. */
  apiUsage: ApiUsagePort;
  /** For tests; a minute when absent. */
  usageEveryMs?: number;
  /** How much may be live at the same time; absent: as much as suits one process. */
  liveCaps?: LiveCaps;
  /** Ed25519 private key that signs actors; subgraphs hold the public half. */
  actorKey: KeyObject;
  logger: Logger;
  metrics: Metrics;
  monitoring?: Monitoring;
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
  /**
   * Serves this supergraph from now on. Streams whose owner is asked the same go on; those that it refuses end with the reason.
   * @throws when it is none, or names a subgraph that this gateway was not given: nothing is changed then
   */
  load(supergraphSdl: string): void;
  /** Is not ready any more; after the delay stops accepting, lets what runs end (at most 10 s), closes sockets with a reason to reconnect. Repeated calls wait. */
  drain(): Promise<void>;
}

interface Rooms {
  options: GatewayOptions;
  monitoring: Monitoring;
  table: RouteTable;
  graph: GraphEndpoint;
  draining: () => boolean;
}

/** @throws a sentence naming the port and PORT when it cannot listen; an Error when the supergraph does not load. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { logger, metrics, clock, subgraphs } = options;
  const signer = new ActorSigner(options.actorKey, clock);
  const dataSources = Object.fromEntries(
    Object.entries(subgraphs).map(([name, port]) => [name, new SubgraphDataSource(name, port, signer, metrics)]),
  );
  const state = buildState(options.supergraphSdl, dataSources);
  const errors = new ErrorPublisher(logger);
  const silence = (what: string) => (error: unknown): void => {
    if (error === null) logger.info(`changes of ${what} are followed again`);
    else logger.error({ err: error }, `changes of ${what} cannot be followed: every call asks`);
  };
  const authenticator = new Authenticator(options.authenticate, clock, { onChange: (changes) => peers.changed(changes), onSilence: silence('access') });
  const settings = new TenantSettings(options.settings, { onChange: (changes) => peers.settingsChanged(changes), onSilence: silence('settings') });
  const admission = new Admission(settings, clock);
  const peers = new Peers({ authenticator, admission, settings, clock, logger });
  const proxies = new Proxies(options.trustedProxies ?? []);
  const pages = new Pages(settings, proxies, options.platformOrigins ?? []);
  const documents = new Documents(state.schema);
  const usage = new UsageReporter({ port: options.apiUsage, clock, logger, ...(options.usageEveryMs ? { everyMs: options.usageEveryMs } : {}) });
  const { tally } = usage;
  const graph = buildGateway(options.supergraphSdl, dataSources, logger);
  const server = await startGraphServer(graph, { errors, metrics, logger, tally });
  const plans = new SubscriptionPlans(state, documents);
  const fanOut = new FanOut(new SubscriptionRunner({ subgraphs, dataSources, signer, errors, logger }), plans, metrics);
  const caps = options.liveCaps ?? DEFAULT_CAPS;
  const live = {
    server, documents, plans, fanOut, errors, tally, authenticator, settings, admission, pages, proxies, peers, clock, logger, metrics,
    cap: new Cap(caps.subscriptions, caps.subscriptionsEach), streams: new Cap(caps.streams, caps.streamsEach),
  };
  const sockets = new Sockets(live);

  let drained: Promise<void> | null = null;
  let closing = false;
  const draining = (): boolean => drained !== null;
  const rooms: Rooms = {
    options, monitoring: options.monitoring ?? new Monitoring({ metrics, logger, clock }), table: new RouteTable(options.routes.declarations), graph: { server, documents, errors, tally, authenticator, admission, pages, proxies, live }, draining,
  };
  const http = createServer({ requestTimeout: REQUEST_MS, headersTimeout: 10_000, keepAliveTimeout: 65_000 });
  const connections = new Connections(http);
  http.on('request', (request, response) => void serve(request, response, rooms));
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (closing || request.url?.split('?')[0] !== GRAPH_PATH) {
      const status = closing ? '503 Service Unavailable' : '404 Not Found';
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    } else sockets.upgrade(request, socket, head);
  });
  const load = (supergraphSdl: string): void => {
    // Read before anything is changed.
    const next = buildState(supergraphSdl, dataSources);
    graph.update(supergraphSdl);
    documents.load(next.schema);
    plans.load(next);
    fanOut.reload();
  };
  const drain = async (): Promise<void> => {
    connections.leave();
    await sleep(options.drainDelayMs ?? 0);
    closing = true;
    // The port first: a client whose socket is closed must not come back here.
    await Promise.all([connections.drain(), peers.drain()]);
    sockets.stop();
    await Promise.all([server.stop(), authenticator.follower.stop(), settings.follower.stop(), usage.stop()]);
  };
  try {
    const { port, url } = await listen(http, options, logger);
    authenticator.follower.start();
    settings.follower.start();
    return { port, url, load, wsUrl: `${url.replace(/^http/, 'ws')}${GRAPH_PATH}`, drain: () => (drained ??= drain()) };
  } catch (error) {
    sockets.stop();
    await Promise.all([peers.drain(), server.stop(), usage.stop()]);
    throw error;
  }
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
    const level = isOperatorPath(exchange.path) ? 'debug' : 'info';
    logger[level]({ correlationId, method, route: exchange.route, status: response.statusCode, seconds }, 'request');
  });
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

async function dispatch(exchange: Exchange, { options, monitoring, table, graph, draining }: Rooms): Promise<void> {
  const { path, request, response } = exchange;
  if (path === GRAPH_PATH) {
    exchange.route = GRAPH_PATH;
    if (await graph.pages.meet(exchange)) return;
    return serveGraph(exchange, graph);
  }
  if (await serveOperator(exchange, { ...options, monitoring, draining })) return;
  if (table.isForPages(path) && await graph.pages.meet(exchange)) return;
  if (await serveRoute(exchange, table, options.routes, graph.proxies, options.logger)) return;
  exchange.route = 'playground';
  if (options.playground?.(request, response)) return;
  exchange.route = 'other';
  answer(exchange, problem(404, 'NOT_FOUND', 'There is nothing at this path.'));
}
