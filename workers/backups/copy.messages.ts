// What a server sends in copy mode, read no faster than it is taken: a base backup, or the write-ahead log as it grows.
import type { Submittable } from 'pg';

/** Of pg's own connection, what a copy in both directions needs and its types leave out. */
export interface Wire {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  on(event: 'copyDone', listener: () => void): void;
  removeListener(event: 'copyDone', listener: () => void): void;
  stream: { pause(): void; resume(): void };
}

type Row = Record<string, string | null>;
interface Fields { fields: { name: string }[] }

/** Beyond this the socket is not read: what is not taken stays with the server. */
const WAITING_BYTES = 1024 * 1024;

export class CopyMessages implements Submittable, AsyncIterable<Buffer> {
  /** Each set of rows that came, before the copy and after it. */
  readonly results: Row[][] = [];
  #wire: Wire | null = null;
  #fields: string[] = [];
  #waiting: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  /** @param both the copy goes in both directions: when the server has said all, it waits for our word */
  constructor(private readonly text: string, private readonly both: boolean) {}

  submit = (connection: unknown): void => {
    this.#wire = connection as Wire;
    this.#wire.on('copyDone', this.#onDone);
    this.#wire.query(this.text);
  };

  send(chunk: Buffer): void {
    this.#wire?.sendCopyFromChunk(chunk);
  }

  /** How long nothing may come is for the caller to say; null: nothing came within `ms`. Undefined: it is over. @throws what the server said */
  async next(ms?: number): Promise<Buffer | null | undefined> {
    for (let late = false; ;) {
      const message = this.#waiting.shift();
      if (message) {
        this.#bytes -= message.length;
        if (this.#bytes < WAITING_BYTES / 2) this.#wire?.stream.resume();
        return message;
      }
      if (this.#failure) throw this.#failure;
      if (this.#ended) return undefined;
      if (late) return null;
      late = await this.#arrival(ms);
    }
  }

  async* [Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let message = await this.next(); message; message = await this.next()) yield message;
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    // A copy: the driver uses its buffer again.
    this.#waiting.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
    if (this.#bytes > WAITING_BYTES) this.#wire?.stream.pause();
    this.#wake?.();
  }

  handleRowDescription({ fields }: Fields): void {
    this.#fields = fields.map(({ name }) => name);
    this.results.push([]);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.results.at(-1)?.push(Object.fromEntries(this.#fields.map((name, at) => [name, fields[at] ?? null])));
  }

  handleError(error: Error): void {
    this.#failure ??= error;
    this.#end();
  }

  handleReadyForQuery(): void {
    this.#end();
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}

  #onDone = (): void => {
    if (this.both) this.#wire?.endCopyFrom();
  };

  #end(): void {
    this.#ended = true;
    this.#wire?.removeListener('copyDone', this.#onDone);
    this.#wire?.stream.resume();
    this.#wake?.();
  }

  /** @returns whether nothing came in time */
  #arrival(ms: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => { this.#wake = null; resolve(true); }, ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve(false);
      };
    });
  }
}
