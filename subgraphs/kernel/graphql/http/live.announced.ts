// A stream that first says that it is open: over a socket nothing else tells that apart from waiting, or from a refusal.
import type { SubgraphResult, SubgraphStream } from '../../base/subgraph-port.js';

const OPENED: SubgraphResult & { extensions: { opened: true } } = { extensions: { opened: true } };

export class AnnouncedStream implements SubgraphStream {
  #announced = false;

  constructor(private readonly source: SubgraphStream) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<SubgraphResult, unknown>> {
    if (this.#announced) return this.source.next();
    this.#announced = true;
    return Promise.resolve({ done: false, value: OPENED });
  }

  async return(): Promise<IteratorResult<SubgraphResult, unknown>> {
    return (await this.source.return?.()) ?? { done: true, value: undefined };
  }
}
