// The HTTP side of one subgraph in a process of its own: what the gateway may ask, and nobody else.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACTOR_HEADER, type ActorVerifier } from '../../base/actor.js';
import type { ApiUsagePort } from '../../base/api-usage.js';
import type { Clock } from '../../base/clock.js';
import type { HealthChecks } from '../../base/health.js';
import { Connections, listen, type Place } from '../../base/http.connections.js';
import { ClientGone, REQUEST_MS, answer, json, openExchange, problem, type Exchange } from '../../base/http.exchange.js';
import { isOperatorPath, serveOperator } from '../../base/http.operations.js';
import type { Logger } from '../../base/logger.js';
import { Metrics } from '../../base/metrics.js';
import { Monitoring } from '../../base/monitoring.js';
import type { SettingsPort } from '../../base/settings-port.js';
import type { AuthenticatePort } from '../../base/subgraph-port.js';
import { API_USAGE_PATH, serveApiUsage } from './api-usage.js';
import { askAuthentication } from './authentication.js';
import { serveInternal } from './internal.js';
import { LiveSockets } from './live.sockets.js';
import { serveOperation } from './operation.js';
import { serveRoute, type ServedSubgraph } from './route.js';
import { SETTINGS_PATH, askSettings } from './settings.js';

const GRAPH_PATH = '/graphql';
const INTERNAL_PATH = '/internal/';
/** The URL of a route is in the request line, in the token and in headers of the client. */
const MAX_HEADERS = 128 * 1024;

export interface ListenerOptions extends Place {
  /** How long a drain still accepts, for whoever sends gateways here to notice. */
  drainDelayMs?: number;
  /** Believes what the gateway signs. */
  verifier: ActorVerifier;
  clock: Clock;
  logger: Logger;
  metrics?: Metrics;
  monitoring?: Monitoring;
  health: HealthChecks;
  extra?: {
    /** Of identity alone. */
    authenticate?: AuthenticatePort;
    apiUsage?: ApiUsagePort;
    /** Of tenancy alone. */
    settings?: SettingsPort;
  };
}

export interface SubgraphListener {
  /** `http://host:port` */
  url: string;
  port: number;
  /** Is not ready any more; after the delay stops accepting, has live streams opened again elsewhere, lets what runs end (at most 10 s). Repeated calls wait. */
  drain(): Promise<void>;
}

/** @throws a sentence naming the port and PORT when it cannot listen */
export async function serveSubgraph(subgraph: ServedSubgraph, options: ListenerOptions): Promise<SubgraphListener> {
  const { verifier, clock, health } = options;
  const logger = options.logger.child({ subgraph: subgraph.name });
  const metrics = options.metrics ?? new Metrics();
  const monitoring = options.monitoring ?? new Monitoring({ metrics, logger, clock });
  let drained: Promise<void> | null = null;
  let closing = false;
  const draining = (): boolean => drained !== null;
  const live = new LiveSockets(subgraph.port, logger, metrics);
  const http = createServer({ requestTimeout: REQUEST_MS, headersTimeout: 10_000, keepAliveTimeout: 65_000, maxHeaderSize: MAX_HEADERS });
  const connections = new Connections(http);
  const isOfTheHouse = (request: IncomingMessage): boolean => actorOf(request, verifier, clock)?.kind === 'system';

  const dispatch = async (exchange: Exchange): Promise<void> => {
    const { path, request } = exchange;
    // Whoever signs wants to know whether it is believed; an operator does not.
    if (isOperatorPath(path) && request.headers[ACTOR_HEADER] !== undefined && !isOfTheHouse(request)) {
      exchange.route = path;
      return answer(exchange, problem(401, 'UNAUTHENTICATED', 'The actor is signed with a key that is not believed here, or long ago.'));
    }
    if (await serveOperator(exchange, { health, metrics, monitoring, logger, draining })) return;
    if (path === GRAPH_PATH) {
      exchange.route = GRAPH_PATH;
      return serveOperation(exchange, subgraph.port, actorOf(request, verifier, clock) !== null);
    }
    if (path === API_USAGE_PATH) {
      exchange.route = API_USAGE_PATH;
      return serveApiUsage(exchange, options.extra?.apiUsage, isOfTheHouse(request));
    }
    const { authenticate, settings } = options.extra ?? {};
    if (path.startsWith(SETTINGS_PATH)) {
      exchange.route = SETTINGS_PATH;
      return serveInternal(exchange, isOfTheHouse(request), settings && ((asked) => askSettings(settings, asked)));
    }
    if (path.startsWith(INTERNAL_PATH)) {
      exchange.route = INTERNAL_PATH;
      return serveInternal(exchange, isOfTheHouse(request), authenticate && ((asked) => askAuthentication(authenticate, asked)));
    }
    return serveRoute(exchange, subgraph, verifier, clock);
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const exchange = openExchange(request, response);
    const finished = metrics.httpRequests.startTimer();
    response.once('close', () => {
      const { correlationId, method, route } = exchange;
      const seconds = finished({ route, status: String(response.statusCode) });
      logger.debug({ correlationId, method, route, status: response.statusCode, seconds }, 'request');
    });
    try {
      await dispatch(exchange);
    } catch (error) {
      if (error instanceof ClientGone) return void response.destroy();
      logger.error({ err: error, correlationId: exchange.correlationId, route: exchange.route }, 'a request failed');
      answer(exchange, json(500, { error: 'INTERNAL', message: 'Internal error' }));
    }
  };
  http.on('request', (request, response) => void serve(request, response));
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refuse = (status: string): void => { socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`); };
    if (closing) refuse('503 Service Unavailable');
    else if (request.url !== GRAPH_PATH) refuse('404 Not Found');
    else if (!isOfTheHouse(request)) refuse('401 Unauthorized');
    else live.upgrade(request, socket, head);
  });
  const drain = async (): Promise<void> => {
    connections.leave();
    await sleep(options.drainDelayMs ?? 0);
    closing = true;
    // The port first: whoever is told to come again must not come here.
    await Promise.all([connections.drain(), live.drain()]);
  };
  const place = await listen(http, options, logger).catch(async (error: unknown) => {
    await live.drain();
    throw error;
  });
  return { ...place, drain: () => (drained ??= drain()) };
}

function actorOf(request: IncomingMessage, verifier: ActorVerifier, clock: Clock) {
  const token = request.headers[ACTOR_HEADER];
  return verifier.verify(typeof token === 'string' ? token : undefined, clock.now());
}

