// The WebSocket side of /graphql: graphql-transport-ws, authenticated at connection_init and again every second.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { correlationOf, originOf } from '../../subgraphs/kernel/base/http.exchange.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { GraphQLError } from 'graphql';
import type { Authenticator } from '../actor.js';
import { CLOSE, Connection } from './connection.js';
import { operationHooks, type Init, type OperationParts } from './operations.js';
import { recheck } from './recheck.js';

const MAX_PAYLOAD = 256 * 1024;
const PING_MS = 12_000;
const RECHECK_MS = 1_000;
/** A drain closes sockets this many at a time, so that they do not all come back in one moment. */
const CLOSE_BATCH = 100;
const CLOSE_PAUSE_MS = 50;

export interface SocketParts extends OperationParts {
  authenticator: Authenticator;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

export class Sockets {
  readonly #server = new WebSocketServer({
    noServer: true, maxPayload: MAX_PAYLOAD, perMessageDeflate: false, clientTracking: false,
    handleProtocols: (offered) => handleProtocols(offered),
  });
  readonly #connections = new Set<Connection>();
  readonly #protocol: ReturnType<typeof makeServer<Init, Connection>>;
  readonly #timers: NodeJS.Timeout[];
  #rechecking = false;

  constructor(private readonly parts: SocketParts) {
    this.#protocol = makeServer<Init, Connection>({
      ...operationHooks(parts),
      onConnect: (ctx) => this.#connect(ctx.extra, ctx.connectionParams),
    });
    this.#timers = [setInterval(() => this.#ping(), PING_MS), setInterval(() => void this.#recheck(), RECHECK_MS)];
    for (const timer of this.#timers) timer.unref();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, request));
  }

  /** Lets running queries and mutations end (at most `patience` milliseconds), then closes every socket, a few at a time. */
  async drain(patience: number): Promise<void> {
    const until = Date.now() + patience;
    while (Date.now() < until && [...this.#connections].some(({ running }) => running > 0)) await sleep(20);
    const all = [...this.#connections];
    for (let from = 0; from < all.length; from += CLOSE_BATCH) {
      for (const connection of all.slice(from, from + CLOSE_BATCH)) connection.close(CLOSE.goingAway, 'Going away: reconnect');
      if (from + CLOSE_BATCH < all.length) await sleep(CLOSE_PAUSE_MS);
    }
    while (this.#connections.size > 0) await sleep(20); // every close ends in a terminate
    for (const timer of this.#timers) clearInterval(timer);
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const { logger, metrics } = this.parts;
    const correlationId = correlationOf(request);
    const connection = new Connection(socket, originOf(request), request.headers.authorization, (reason) =>
      logger.warn({ correlationId, reason }, 'a socket was dropped'));
    this.#connections.add(connection);
    metrics.sockets.inc();
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => connection.send(data),
        close: (code, reason) => connection.close(code ?? CLOSE.goingAway, reason ?? ''),
        onMessage: (receive) => socket.on('message', (data: RawData) => {
          connection.alive = true;
          receive(String(data)).catch((error: unknown) => {
            logger.error({ err: error, correlationId }, 'a socket message failed');
            connection.close(CLOSE.tryAgainLater, 'Something went wrong on our side');
          });
        }),
      },
      connection,
    );
    socket.on('pong', () => { connection.alive = true; });
    socket.on('error', (error) => logger.debug({ err: error, correlationId }, 'a socket failed'));
    socket.once('close', (code, reason) => {
      this.#connections.delete(connection);
      metrics.sockets.dec();
      closed(code, String(reason)).catch((error: unknown) =>
        logger.error({ err: error, correlationId }, 'closing a socket failed'));
    });
  }

  /** `false` closes the socket with 4403. */
  async #connect(connection: Connection, init: Init): Promise<boolean> {
    const { authenticator, clock, logger } = this.parts;
    const given = Object.entries(init ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
    if (given !== undefined && given !== null && typeof given !== 'string') return false;
    try {
      connection.caller = await authenticator.authenticate(given ?? connection.authorization, connection.origin);
      connection.verifiedAt = clock.now().getTime();
      return true;
    } catch (error) {
      if (error instanceof GraphQLError && error.extensions['code'] === 'UNAUTHENTICATED') return false;
      logger.error({ err: error }, 'a socket could not be authenticated');
      connection.close(CLOSE.tryAgainLater, 'Authentication is unavailable');
      return false;
    }
  }

  #ping(): void {
    for (const connection of this.#connections) {
      if (!connection.alive) connection.socket.terminate();
      else if (connection.open) {
        connection.alive = false;
        connection.socket.ping();
      }
    }
  }

  async #recheck(): Promise<void> {
    if (this.#rechecking) return;
    this.#rechecking = true;
    await recheck(this.#connections, this.parts);
    this.#rechecking = false;
  }
}
