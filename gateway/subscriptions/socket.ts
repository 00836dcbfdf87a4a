// The WebSocket side of /graphql: graphql-transport-ws, authenticated at connection_init and again every second.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { spread } from '../../subgraphs/kernel/base/http.connections.js';
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

  /** Closes every socket, one after another, each when what it runs has ended. */
  async drain(): Promise<void> {
    await spread(this.#connections, (connection) => void connection.leave(CLOSE.goingAway, 'Going away: reconnect'));
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
