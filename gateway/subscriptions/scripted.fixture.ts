// For tests of live results: a stream whose subgraph is the test.
import { StreamInterrupted, type SubgraphResult, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';

/** A stream whose subgraph is the test: it says what comes, and when. */
export class Scripted implements SubgraphStream {
  readonly #events: SubgraphResult[] = [];
  #pull: PromiseWithResolvers<IteratorResult<SubgraphResult, undefined>> | null = null;
  ended = false;

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Entry number `position` of the feed, which everybody sees with the number of orders of person 1. */
  entry(position: number): void {
    this.say({ data: { entries: { __typename: 'Entry', cursor: String(position), person: { __typename: 'Person', id: '1' } } }, extensions: { position: String(position) } });
  }

  mark(position: number): void {
    this.say({ extensions: { position: String(position) } });
  }

  say(event: SubgraphResult): void {
    if (this.#pull) this.#pull.resolve({ done: false, value: event });
    else this.#events.push(event);
    this.#pull = null;
  }

  /** The way to its owner breaks. */
  breakOff(): void {
    this.ended = true;
    this.#pull?.reject(new StreamInterrupted('away'));
  }

  next(): Promise<IteratorResult<SubgraphResult, undefined>> {
    const event = this.#events.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    this.#pull = Promise.withResolvers();
    return this.#pull.promise;
  }

  return(): Promise<IteratorResult<SubgraphResult, undefined>> {
    this.ended = true;
    this.#pull?.resolve({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }
}
