// Events of one subscriber: pulled from the subgraph's stream, completed one by one, ended at once when nobody listens.

interface Waiting<T> {
  resolve: (result: IteratorResult<T, undefined>) => void;
  reject: (reason: unknown) => void;
}

/**
 * Maps `upstream` in order. Written by hand because `return()` of an async generator waits for a pending `next()`, and
 * here that is the next event, which may never come.
 */
export class LiveIterator<E, T> implements AsyncIterableIterator<T, undefined, undefined> {
  #waiting: Waiting<T> | null = null;
  #ended = false;

  constructor(
    private readonly upstream: AsyncIterator<E>,
    private readonly complete: (event: E) => Promise<T>,
    /** Called with what the stream itself threw, or what ending it threw. Resolves, always, to what the subscriber sees. */
    private readonly failed: (error: unknown) => Promise<unknown>,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    if (this.#waiting) return Promise.reject(new Error('One event at a time: the last next() has not settled'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#pull().then(
        (result) => {
          if (result.done) this.#ended = true;
          this.#settle((waiting) => waiting.resolve(result));
        },
        async (error: unknown) => {
          if (this.#ended) return;
          const seen = await this.failed(error);
          this.#settle((waiting) => waiting.reject(seen));
          this.#end();
        },
      );
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#end();
    this.#settle((waiting) => waiting.resolve({ done: true, value: undefined }));
    return Promise.resolve({ done: true, value: undefined });
  }

  async #pull(): Promise<IteratorResult<T, undefined>> {
    const event = await this.upstream.next();
    if (event.done || this.#ended) return { done: true, value: undefined };
    return { done: false, value: await this.complete(event.value) };
  }

  #settle(how: (waiting: Waiting<T>) => void): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) how(waiting);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.upstream.return?.().catch((error: unknown) => this.failed(error));
  }
}
