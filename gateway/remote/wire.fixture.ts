// For tests of what happens between processes: a TCP line to a port that can be cut, go silent, and be mended.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export class Wire {
  #server: Server | null = null;
  readonly #ends = new Set<Socket>();
  #silent = false;
  #port = 0;
  /** Connections taken so far. */
  taken = 0;

  constructor(private readonly target: () => number) {}

  /** `http://127.0.0.1:port` */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections open on the near side. */
  get open(): number {
    return this.#ends.size / 2;
  }

  /** Takes connections, on the port it had before. */
  async mend(): Promise<this> {
    this.#silent = false;
    for (const end of this.#ends) end.resume();
    if (this.#server) return this;
    this.#server = createServer((near) => this.#join(near)).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Nothing passes any more, and nobody is told. */
  silence(): void {
    this.#silent = true;
    for (const end of this.#ends) end.pause();
  }

  /** As if the process behind it was killed: what is open breaks, nothing more is taken. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const end of this.#ends) end.resetAndDestroy();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #join(near: Socket): void {
    this.taken += 1;
    const far = connect(this.target(), '127.0.0.1');
    for (const [end, other] of [[near, far], [far, near]] as const) {
      this.#ends.add(end);
      end.on('data', (bytes) => other.write(bytes)).on('end', () => other.end()).on('error', () => other.destroy());
      end.on('close', () => {
        this.#ends.delete(end);
        other.destroySoon();
      });
      if (this.#silent) end.pause();
    }
  }
}
