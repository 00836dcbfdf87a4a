// The WebSocket side of /graphql: graphql-transport-ws, authenticated at connection_init and again when that may have changed.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { correlationOf } from '../../subgraphs/kernel/base/http.exchange.js';
import { isRefusal } from '../access/access.refusals.js';
import { givenIn, givenInInit } from '../access/credential.js';
import { isNotHere } from '../settings/settings.refusals.js';
import { Connection } from './connection.js';
import { holderOf } from './live.caps.js';
import type { LiveParts } from './operations.js';
import { CLOSE } from './peer.js';
import { operationHooks, type Init } from './socket.operations.js';

const MAX_PAYLOAD = 256 * 1024;
const PING_MS = 12_000;

export class Sockets {
  readonly #server = new WebSocketServer({
    noServer: true, maxPayload: MAX_PAYLOAD, perMessageDeflate: false, clientTracking: false,
    handleProtocols: (offered) => handleProtocols(offered),
  });
  readonly #connections = new Set<Connection>();
  readonly #protocol: ReturnType<typeof makeServer<Init, Connection>>;
  readonly #pinging = setInterval(() => this.#ping(), PING_MS).unref();

  constructor(private readonly parts: LiveParts) {
    this.#protocol = makeServer<Init, Connection>({
      ...operationHooks(parts),
      onConnect: (ctx) => this.#connect(ctx.extra, ctx.connectionParams),
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, request));
  }

  stop(): void {
    clearInterval(this.#pinging);
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const { logger, metrics, pages, peers, proxies } = this.parts;
    const correlationId = correlationOf(request);
    const connection = new Connection(socket, proxies.originOf(request), givenIn(request), pages.foreign(request), request.headers['accept-language'] ?? null, (reason) =>
      logger.warn({ correlationId, reason }, 'a socket was dropped'));
    this.#connections.add(connection);
    peers.add(connection);
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
      peers.delete(connection);
      connection.giveBack();
      metrics.sockets.dec();
      closed(code, String(reason)).catch((error: unknown) =>
        logger.error({ err: error, correlationId }, 'closing a socket failed'));
    });
  }

  /** `false` closes the socket with 4403; what else there is, is the payload of `connection_ack`. */
  async #connect(connection: Connection, init: Init): Promise<boolean | Record<string, unknown>> {
    const { authenticator, admission, clock, logger, streams } = this.parts;
    const given = givenInInit(init);
    if (given === undefined) return false;
    try {
      const caller = await authenticator.authenticate(given ?? connection.given, connection.origin);
      await admission.admit({ actor: caller.actor, page: connection.page });
      const giveBack = streams.take(holderOf(caller.actor));
      if (!giveBack) {
        connection.close(CLOSE.tryAgainLater, 'Too many connections are open');
        return false;
      }
      connection.giveBack = giveBack;
      if (!connection.open) giveBack();
      connection.caller = caller;
      connection.verifiedAt = clock.now().getTime();
      const notice = await admission.socketNotice(caller.actor);
      return connection.noted(notice) ? { ...notice } : true;
    } catch (error) {
      if (isRefusal(error) || isNotHere(error)) return false;
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
}
