// A stream that says that it is open, and that it must be opened again elsewhere: over a socket nothing else tells either.
import { StreamInterrupted, type SubgraphResult, type SubgraphStream } from '../../base/subgraph-port.js';

type Step = IteratorResult<SubgraphResult, unknown>;
const said = (extensions: Record<string, true>): Step => ({ done: false, value: { extensions } as SubgraphResult });
const OPENED = said({ opened: true });
const INTERRUPTED = said({ interrupted: true });
const DONE: Step = { done: true, value: undefined };

export class AnnouncedStream implements SubgraphStream {
  #announced = false;
  /** Somebody waits for what comes next. */
  #pull: PromiseWithResolvers<Step> | null = null;
  /** What is still to be said once it is interrupted. */
  #farewell: Step[] | null = null;

  /** @param ended called once nothing more comes of it */
  constructor(private readonly source: SubgraphStream, private readonly ended: () => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    if (!this.#announced) {
      this.#announced = true;
      return Promise.resolve(OPENED);
    }
    if (this.#farewell) return Promise.resolve(this.#farewell.shift() ?? DONE);
    const pull = Promise.withResolvers<Step>();
    this.#pull = pull;
    this.source.next().then((step) => {
      this.#pull = null;
      if (step.done) this.ended();
      pull.resolve(step);
    }, (error: unknown) => {
      this.#pull = null;
      this.ended();
      if (!(error instanceof StreamInterrupted)) return pull.reject(error);
      // Who has left is not told, and nothing of it is a failure.
      pull.resolve(this.#farewell ? DONE : INTERRUPTED);
      this.#farewell ??= [];
    });
    return pull.promise;
  }

  /** The last word of the stream, though its source has more to say: whoever listens goes on after the last event it got. */
  async interrupt(): Promise<void> {
    if (this.#farewell) return;
    this.#farewell = [INTERRUPTED];
    if (this.#pull) this.#pull.resolve(this.#farewell.shift() ?? DONE);
    await this.return();
  }

  async return(): Promise<Step> {
    this.#farewell ??= [];
    this.ended();
    return (await this.source.return?.()) ?? DONE;
  }
}
