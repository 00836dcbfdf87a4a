// The WebSocket side of /graphql: graphql-transport-ws, authenticated at connection_init and again when that may have changed.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageType, handleProtocols, makeServer, stringifyMessage } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { spread } from '../../subgraphs/kernel/base/http.connections.js';
import { correlationOf } from '../../subgraphs/kernel/base/http.exchange.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import type { SettingsChange } from '../../subgraphs/kernel/base/settings-port.js';
import type { AccessChange } from '../../subgraphs/kernel/base/subgraph-port.js';
import { isRefusal } from '../access/access.refusals.js';
import type { Changes } from '../access/change.follower.js';
import { givenIn, givenInInit } from '../access/credential.js';
import { concernsActor, type Caller } from '../actor.js';
import type { Proxies } from '../proxies.js';
import type { Pages } from '../settings/pages.js';
import { isNotHere } from '../settings/settings.refusals.js';
import type { TenantSettings } from '../settings/tenant.settings.js';
import { CLOSE, Connection } from './connection.js';
import { operationHooks, type Init, type OperationParts } from './operations.js';
import { recheckAll, recheckSettings } from './recheck.js';

const MAX_PAYLOAD = 256 * 1024;
const PING_MS = 12_000;
/** How often sockets are looked through for one whose time is over. */
const SWEEP_MS = 250;
/** While changes cannot be followed, how old the last check of a socket may become. */
const UNFOLLOWED_MS = 500;

export interface SocketParts extends OperationParts {
  settings: TenantSettings;
  pages: Pages;
  proxies: Proxies;
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
  #sweeping = false;

  constructor(private readonly parts: SocketParts) {
    this.#protocol = makeServer<Init, Connection>({
      ...operationHooks(parts),
      onConnect: (ctx) => this.#connect(ctx.extra, ctx.connectionParams),
    });
    this.#timers = [setInterval(() => this.#ping(), PING_MS), setInterval(() => void this.#sweep(), SWEEP_MS)];
    for (const timer of this.#timers) timer.unref();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, request));
  }

  /** Looks again at the sockets of those whose access has changed, which the authenticator has forgotten by now. */
  changed(changes: Changes<AccessChange>): void {
    const concerned = this.#known(({ caller }) => changes === null || changes.some((change) => concernsActor(caller.actor, change)));
    void recheckAll(concerned, this.parts);
  }

  /** The same of tenants whose settings have changed. */
  settingsChanged(changes: Changes<SettingsChange>): void {
    const named = changes && new Set(changes.map(({ tenant }) => tenant));
    const concerned = [...this.#connections].filter(({ open, caller }) => open && caller && (named === null || (caller.actor.tenant !== null && named.has(caller.actor.tenant))));
    void recheckSettings(concerned.filter(isKnown), this.parts).then(() => this.#announce(concerned));
  }

  /** Tells those whom it concerns what is announced to them now, where that is something else than they know. */
  async #announce(connections: readonly Connection[]): Promise<void> {
    for (const connection of connections) {
      const actor = connection.caller?.actor;
      if (!actor || !connection.open) continue;
      const payload = await this.parts.admission.socketNotice(actor);
      const notice = JSON.stringify(payload);
      if (notice === connection.notice) continue;
      connection.notice = notice;
      connection.send(stringifyMessage({ type: MessageType.Ping, payload: { ...payload } }));
    }
  }

  /** Closes every socket, one after another, each when what it runs has ended. */
  async drain(): Promise<void> {
    await spread(this.#connections, (connection) => void connection.leave(CLOSE.goingAway, 'Going away: reconnect'));
    while (this.#connections.size > 0) await sleep(20); // every close ends in a terminate
    for (const timer of this.#timers) clearInterval(timer);
  }

  #open(socket: WebSocket, request: IncomingMessage): void {
    const { logger, metrics, pages, proxies } = this.parts;
    const correlationId = correlationOf(request);
    const connection = new Connection(socket, proxies.originOf(request), givenIn(request), pages.foreign(request), request.headers['accept-language'] ?? null, (reason) =>
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

  /** `false` closes the socket with 4403; what else there is, is the payload of `connection_ack`. */
  async #connect(connection: Connection, init: Init): Promise<boolean | Record<string, unknown>> {
    const { authenticator, admission, clock, logger } = this.parts;
    const given = givenInInit(init);
    if (given === undefined) return false;
    try {
      const caller = await authenticator.authenticate(given ?? connection.given, connection.origin);
      await admission.admit({ actor: caller.actor, page: connection.page });
      connection.caller = caller;
      connection.verifiedAt = clock.now().getTime();
      const notice = await admission.socketNotice(caller.actor);
      if (notice.maintenance.length === 0) return true;
      connection.notice = JSON.stringify(notice);
      return { ...notice };
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

  /** Those whose time is over and, while changes cannot be followed, everybody. */
  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    const { authenticator, settings, clock } = this.parts;
    const now = clock.now();
    const since = authenticator.follower.following && settings.follower.following ? -Infinity : now.getTime() - UNFOLLOWED_MS;
    const due = this.#known(({ caller, verifiedAt }) => verifiedAt < since || (caller.validUntil !== null && caller.validUntil <= now));
    await recheckAll(due, this.parts);
    this.#sweeping = false;
  }

  #known(wanted: (connection: KnownConnection) => boolean): Connection[] {
    return [...this.#connections].filter((connection) => connection.open && isKnown(connection) && wanted(connection));
  }
}

type KnownConnection = Connection & { caller: Caller };
const isKnown = (connection: Connection): connection is KnownConnection => Boolean(connection.caller?.proof);
