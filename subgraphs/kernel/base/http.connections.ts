// A listener's life: it opens its port or says why not; it drains without cutting what runs.
import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.js';

const IDLE_SWEEP_MS = 50;
const MOST_TURNS = 100;
/** What still runs after this is cut. */
const DRAIN_MS = 10_000;

export interface Place {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Several processes may listen on the port: a new one takes over from an old one. */
  portShared?: boolean;
}

/** Listens. @throws a sentence naming the port and PORT when it cannot. */
export async function listen(http: Server, { host, port, portShared = false }: Place, logger: Logger): Promise<{ port: number; url: string }> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const why = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${error.code ?? error.message})`;
      reject(new Error(`Port ${port} ${why} on ${host}: free it, or set PORT to another one.`, { cause: error }));
    };
    http.once('error', failed);
    http.listen({ port, host, reusePort: portShared }, () => {
      http.off('error', failed).on('error', (error) => logger.error({ err: error }, 'the listener failed'));
      resolve();
    });
  });
  const taken = (http.address() as AddressInfo).port;
  return { port: taken, url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}` };
}

interface Use {
  running: Set<ServerResponse>;
  /** Bytes that had come when its last answer was out: one more is the beginning of a request. */
  read: number;
}

/** The connections of a listener, and what runs on them. Create it before anybody else listens to `request`. */
export class Connections {
  readonly #uses = new Map<Socket, Use>();
  #taken = 0;
  #leaving = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#taken += 1;
      this.#uses.set(socket, { running: new Set(), read: 0 });
      socket.once('close', () => this.#uses.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      const use = this.#uses.get(socket);
      if (!use) return;
      if (this.#leaving) response.setHeader('connection', 'close');
      use.running.add(response);
      response.once('close', () => {
        use.running.delete(response);
        use.read = socket.bytesRead;
      });
    });
    server.on('upgrade', ({ socket }) => this.#uses.delete(socket));
  }

  /** From now on every answer asks its client to connect anew. Still accepts: whoever sends clients here may need a while to notice. */
  leave(): void {
    this.#leaving = true;
    for (const { running } of this.#uses.values()) {
      for (const response of running) if (!response.headersSent) response.setHeader('connection', 'close');
    }
  }

  /** Accepts no more and lets what runs end, at most `patience` milliseconds; upgraded sockets are closed by whoever took them. */
  async drain(patience = DRAIN_MS): Promise<void> {
    this.leave();
    // What waits in a port when it closes is lost: all that has come is taken first, until a turn of the loop brings no more.
    for (let turns = 0, taken = -1; taken !== this.#taken && turns < MOST_TURNS; turns += 1) {
      taken = this.#taken;
      await nextTurn();
      await nextTurn();
    }
    // Not `http.close()`, which also destroys connections on which a request is on its way.
    const closed = new Promise<void>((resolve) => { NetServer.prototype.close.call(this.server, () => resolve()); });
    const idle = setInterval(() => setImmediate(() => this.#closeIdle()), IDLE_SWEEP_MS);
    const impatient = setTimeout(() => {
      clearInterval(idle);
      for (const socket of this.#uses.keys()) socket.destroy();
    }, patience);
    await closed;
    clearInterval(idle);
    clearTimeout(impatient);
    this.server.close(); // stops node's own watch over slow requests
  }

  #closeIdle(): void {
    for (const [socket, { running, read }] of this.#uses) if (running.size === 0 && socket.bytesRead === read) socket.destroySoon();
  }
}

const SPREAD_EACH_MS = 10;
const SPREAD_MOST_MS = 3_000;
const SPREAD_STEP_MS = 20;

/** Does something to all of them, not in one moment: in random order, a few milliseconds apart, all within three seconds. */
export async function spread<T>(all: Iterable<T>, act: (one: T) => void): Promise<void> {
  const waiting = [...all].map((one) => ({ one, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ one }) => one);
  const count = waiting.length;
  const window = Math.min(count * SPREAD_EACH_MS, SPREAD_MOST_MS);
  const began = performance.now();
  while (waiting.length > 0) {
    const due = Math.ceil(count * Math.min(1, (performance.now() - began + 1) / window));
    for (const one of waiting.splice(0, Math.max(0, due - (count - waiting.length)))) act(one);
    if (waiting.length > 0) await sleep(SPREAD_STEP_MS);
  }
}
