// One subscriber of live results: what it hears goes straight to its outlet; the iterator tells the library only how it ended.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';

/** Where a subscriber is heard: one operation of a socket, or one HTTP answer. */
export interface Outlet {
  /** Who listens, with the rights of now. */
  actor: () => Actor;
  correlationId: string;
  /** Nobody is behind it. */
  silent?: boolean;
  /** @param json one result as it is told to everybody who asked the same */
  next(json: string): void;
  /** The way to where the events are made broke: it is asked to come back, and what it heard was not the end. */
  interrupted(): void;
  /** Nothing more is to be heard. */
  ended(): void;
}

/** What a source of events lets its subscriber do. */
export interface Membership {
  /** Nothing comes from it any more. */
  readonly closed: boolean;
  admit(subscription: LiveSubscription): LiveSubscription;
  release(subscription: LiveSubscription): void;
}

type End = IteratorResult<never, undefined>;
const DONE: End = { done: true, value: undefined };

/** Written by hand because `return()` of an async generator waits for a pending `next()`, which here is the end. */
export class LiveSubscription implements AsyncIterableIterator<never, undefined, undefined> {
  /** Where its events come from; it moves from a stream of its own to one it shares. */
  source: Membership | null = null;
  /** Of what the source tells, what it has heard already: up to and including this position of the feed. */
  heard = -1n;
  readonly #end = Promise.withResolvers<End>();
  #ended = false;

  constructor(readonly outlet: Outlet) {
    // Told by `next()`; a failure that nobody asks for any more is nobody's.
    this.#end.promise.catch(() => undefined);
  }

  get ended(): boolean {
    return this.#ended;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Settles when it is over: what there is to hear does not come this way. */
  next(): Promise<End> {
    return this.#end.promise;
  }

  return(): Promise<End> {
    this.end(null);
    return Promise.resolve(DONE);
  }

  /** @param error what the subscriber sees; null: it is complete */
  end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.source?.release(this);
    this.outlet.ended();
    if (error === null) this.#end.resolve(DONE);
    else this.#end.reject(error);
  }
}
