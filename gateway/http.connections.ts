// Connections on which nothing runs: a drain closes them, also those that never sent a request, which node does not count.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export class QuietConnections {
  readonly #running = new Map<Socket, number>();

  constructor(server: Server) {
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

  close(): void {
    for (const [socket, running] of this.#running) if (running === 0) socket.destroySoon();
  }

  #count(socket: Socket, by: number): void {
    const running = this.#running.get(socket);
    if (running !== undefined) this.#running.set(socket, running + by);
  }
}
