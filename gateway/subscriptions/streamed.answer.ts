// One streamed HTTP answer as the gateway keeps it: it ends as a socket is closed, with the reason in it where the client is not to come back.
import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { Origin } from '../../subgraphs/kernel/base/http.exchange.js';
import type { Caller } from '../actor.js';
import { CLOSE, type Peer } from './peer.js';
import type { StreamFormat } from './stream.format.js';

/** Bytes waiting for a consumer before it is given up. */
const MAX_BUFFERED = 4 * 1024 * 1024;

export class StreamedAnswer implements Peer {
  verifiedAt: number;
  #begun = false;
  #ended = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly format: StreamFormat,
    public caller: Caller,
    now: Date,
    readonly origin: Origin,
    readonly page: string | null,
    readonly language: string | null,
    private readonly dropped: (reason: string) => void,
  ) {
    this.verifiedAt = now.getTime();
  }

  get open(): boolean {
    return !this.#ended && !this.response.destroyed;
  }

  /** From here on the answer is a stream. */
  begin(): void {
    if (this.#begun || !this.open) return;
    this.#begun = true;
    // A proxy that collects what it passes on would hold events back.
    this.response.writeHead(200, { ...this.format.headers, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    this.response.write(this.format.opening);
  }

  beat(): void {
    if (this.#begun) this.#write(this.format.heartbeat);
  }

  next(json: string): void {
    this.begin();
    this.#write(this.format.result(json));
  }

  /** The operation is over. @param errors why, where it did not end by itself */
  finish(errors: readonly GraphQLFormattedError[] | null): void {
    if (!this.open) return;
    this.begin();
    this.#ended = true;
    this.response.end(errors ? this.format.refused(errors) : this.format.complete);
  }

  close(code: number, reason: string): void {
    if (code === CLOSE.forbidden) this.finish([{ message: reason, extensions: { code: 'UNAUTHENTICATED' } }]);
    else this.#cut();
  }

  async leave(code: number, reason: string): Promise<void> {
    this.close(code, reason);
  }

  /** Broken off: without its last word clients know that there was more to say, and come back. */
  #cut(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.response.destroy();
  }

  #write(text: string): void {
    if (!this.open) return;
    if (this.response.writableLength > MAX_BUFFERED) {
      this.dropped('slow consumer');
      this.#cut();
      return;
    }
    this.response.write(text);
  }
}
