// A listener's life: it opens its port or says why not; it drains without cutting what runs.
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from './logger.js';

const IDLE_SWEEP_MS = 50;

export interface Place {
  host: string;
  /** 0 takes a free one. */
  port: number;
}

/** Listens. @throws a sentence naming the port and PORT when it cannot. */
export async function listen(http: Server, { host, port }: Place, logger: Logger): Promise<{ port: number; url: string }> {
  await new Promise<void>((resolve, reject) => {
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
  const taken = (http.address() as AddressInfo).port;
  return { port: taken, url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}` };
}

/** Connections on which nothing runs: a drain closes them, also those that never sent a request, which node does not count. */
export class Connections {
  readonly #running = new Map<Socket, number>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#running.set(socket, 0);
      socket.once('close', () => this.#running.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
    server.on('upgrade', ({ socket }) => this.#running.delete(socket));
  }

  /** Stops accepting and lets what runs end, at most `patience` milliseconds; upgraded sockets are closed by whoever took them. */
  async drain(patience: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const idle = setInterval(() => this.#closeQuiet(), IDLE_SWEEP_MS);
    const impatient = setTimeout(() => this.server.closeAllConnections(), patience);
    await closed;
    clearInterval(idle);
    clearTimeout(impatient);
  }

  #closeQuiet(): void {
    for (const [socket, running] of this.#running) if (running === 0) socket.destroySoon();
  }

  #count(socket: Socket, by: number): void {
    const running = this.#running.get(socket);
    if (running !== undefined) this.#running.set(socket, running + by);
  }
}
