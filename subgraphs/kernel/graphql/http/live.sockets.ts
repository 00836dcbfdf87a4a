// Live streams over graphql-transport-ws: one socket from each gateway carries many people, each subscription its own actor.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLError, GraphQLSchema, parse, type ExecutionArgs, type FormattedExecutionResult } from 'graphql';
import { handleProtocols, makeServer, type OperationResult, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ACTOR_HEADER, CORRELATION_HEADER } from '../../base/actor.js';
import { spread } from '../../base/http.connections.js';
import type { Logger } from '../../base/logger.js';
import type { Metrics } from '../../base/metrics.js';
import type { SubgraphError, SubgraphPort, SubgraphResult, SubgraphStream } from '../../base/subgraph-port.js';
import { AnnouncedStream } from './live.announced.js';

const MAX_PAYLOAD = 1024 * 1024;
const PING_MS = 12_000;
const TERMINATE_AFTER_MS = 1_000;
/** After these graphql-ws clients connect again. */
const CLOSE = { restarting: 1012, tryAgainLater: 1013 };
const INTERNAL: SubgraphError = { message: 'Internal error', extensions: { code: 'INTERNAL' } };

export class LiveSockets {
  readonly #server = new WebSocketServer({
    noServer: true, maxPayload: MAX_PAYLOAD, perMessageDeflate: false, clientTracking: false, handleProtocols: (offered) => handleProtocols(offered),
  });
  /** Whether the peer was heard since the last ping. */
  readonly #sockets = new Map<WebSocket, boolean>();
  readonly #opened = new WeakMap<ExecutionArgs, AnnouncedStream>();
  readonly #streams = new Set<AnnouncedStream>();
  #draining = false;
  readonly #refusals = new WeakMap<GraphQLError, SubgraphError>();
  readonly #protocol: ReturnType<typeof makeServer>;
  readonly #pinging = setInterval(() => this.#ping(), PING_MS).unref();

  constructor(private readonly port: SubgraphPort, private readonly logger: Logger, private readonly metrics: Metrics) {
    this.#protocol = makeServer({
      onSubscribe: (_ctx, _id, payload) => this.#subscribe(payload),
      subscribe: (args) => this.#opened.get(args) as OperationResult,
      // Results are JSON already; the library would otherwise call toJSON on their errors.
      onNext: (_ctx, _id, _payload, _args, result) => result as FormattedExecutionResult,
      onError: (_ctx, _id, _payload, errors) => errors.map((error) => this.#published(error)),
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened));
  }

  /**
   * Interrupts the streams one after another, then closes the sockets with a reason to connect again. One socket carries
   * the streams of many people: closed at once, all of them would come back in one moment.
   */
  async drain(): Promise<void> {
    this.#draining = true;
    await spread(this.#streams, (stream) => this.#interrupt(stream));
    for (const socket of this.#sockets.keys()) {
      socket.close(CLOSE.restarting, 'Restarting: reconnect');
      const timer = setTimeout(() => socket.terminate(), TERMINATE_AFTER_MS);
      socket.once('close', () => clearTimeout(timer));
    }
    while (this.#sockets.size > 0) await sleep(20);
    clearInterval(this.#pinging);
  }

  #interrupt(stream: AnnouncedStream): void {
    stream.interrupt().catch((error: unknown) => this.logger.error({ err: error }, 'a live stream could not be interrupted'));
  }

  #open(socket: WebSocket): void {
    this.#sockets.set(socket, true);
    this.metrics.sockets.inc();
    const closed = this.#protocol.opened({
      protocol: socket.protocol,
      // Waits until the bytes are on their way: a stream is pulled no faster than its gateway reads.
      send: (data) => new Promise((resolve) => socket.send(data, () => resolve())),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) => socket.on('message', (data: RawData) => {
        this.#sockets.set(socket, true);
        receive(String(data)).catch((error: unknown) => {
          this.logger.error({ err: error }, 'a message of a gateway failed');
          socket.close(CLOSE.tryAgainLater, 'Internal error');
        });
      }),
    }, {});
    socket.on('pong', () => this.#sockets.set(socket, true));
    socket.on('error', (error) => this.logger.debug({ err: error }, 'a socket failed'));
    socket.once('close', (code, reason) => {
      this.#sockets.delete(socket);
      this.metrics.sockets.dec();
      closed(code, String(reason)).catch((error: unknown) => this.logger.error({ err: error }, 'closing a socket failed'));
    });
  }

  /** Never throws: that would end the streams of everybody on the socket. */
  async #subscribe({ query, operationName, variables, extensions }: SubscribePayload): Promise<ExecutionArgs | GraphQLError[]> {
    try {
      const opened = await this.port.subscribe({
        query, operationName: operationName ?? undefined, variables: variables ?? undefined, headers: headersOf(extensions),
      });
      if (!isStream(opened)) return this.#refused(opened);
      const args: ExecutionArgs = { schema: NO_SCHEMA, document: ANY_SUBSCRIPTION };
      const stream: AnnouncedStream = new AnnouncedStream(opened, () => { this.#streams.delete(stream); });
      this.#opened.set(args, stream);
      this.#streams.add(stream);
      if (this.#draining) this.#interrupt(stream);
      return args;
    } catch (error) {
      this.logger.error({ err: error, correlationId: headersOf(extensions)[CORRELATION_HEADER] }, 'a live stream could not be opened');
      return this.#refused({ errors: [INTERNAL] });
    }
  }

  #refused({ errors = [INTERNAL] }: SubgraphResult): GraphQLError[] {
    return errors.map((error) => {
      const thrown = new GraphQLError(error.message);
      this.#refusals.set(thrown, error);
      return thrown;
    });
  }

  #published(error: GraphQLError): SubgraphError & { extensions?: Record<string, unknown> } {
    const refusal = this.#refusals.get(error);
    if (refusal) return refusal;
    this.logger.error({ err: error.originalError ?? error }, 'a live stream failed');
    return INTERNAL;
  }

  #ping(): void {
    for (const [socket, heard] of this.#sockets) {
      if (!heard) socket.terminate();
      else {
        this.#sockets.set(socket, false);
        socket.ping();
      }
    }
  }
}

/** The port has its own document and schema; the library only wants to know that it is a subscription. */
const ANY_SUBSCRIPTION = parse('subscription { any }');
const NO_SCHEMA = new GraphQLSchema({});

const isStream = (opened: SubgraphStream | SubgraphResult): opened is SubgraphStream => Symbol.asyncIterator in opened;

/** The two headers a subgraph reads, as they travel beside each subscription. */
function headersOf(extensions: Record<string, unknown> | null | undefined): Record<string, string> {
  return Object.fromEntries([ACTOR_HEADER, CORRELATION_HEADER].flatMap((name) => {
    const value = extensions?.[name];
    return typeof value === 'string' ? [[name, value]] : [];
  }));
}
