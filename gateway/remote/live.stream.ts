// One upstream subscription as the gateway pulls it: bounded, ended at once, and clear about having been interrupted.
import { StreamInterrupted, type SubgraphResult, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';

/** Events that may wait for the gateway to complete those before them. */
const MAX_WAITING = 1_000;

type Step = IteratorResult<SubgraphResult, undefined>;
const DONE: Step = { done: true, value: undefined };

export class RemoteStream implements SubgraphStream {
  readonly #events: SubgraphResult[] = [];
  readonly #pulls: PromiseWithResolvers<Step>[] = [];
  /** How it ends once the events before are taken; `null` while it lives. */
  #end: { error: Error | null } | null = null;

  /** @param leave tells the subgraph that nobody listens any more */
  constructor(private readonly leave: () => void) {}

  push(event: SubgraphResult): void {
    if (this.#end) return;
    const pull = this.#pulls.shift();
    if (pull) pull.resolve({ done: false, value: event });
    else if (this.#events.length < MAX_WAITING) this.#events.push(event);
    else {
      this.leave();
      this.finish(new StreamInterrupted(`More than ${MAX_WAITING} events waited to be completed`));
    }
  }

  /** The subgraph has said its last word, or (`error`) cannot be heard any more. */
  finish(error: Error | null): void {
    if (this.#end) return;
    const [first, ...others] = this.#pulls.splice(0);
    this.#end = { error: first ? null : error };
    if (error) first?.reject(error);
    else first?.resolve(DONE);
    for (const pull of others) pull.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    const event = this.#events.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.#end) {
      const { error } = this.#end;
      this.#end = { error: null };
      return error ? Promise.reject(error) : Promise.resolve(DONE);
    }
    const pull = Promise.withResolvers<Step>();
    this.#pulls.push(pull);
    return pull.promise;
  }

  return(): Promise<Step> {
    if (!this.#end) this.leave();
    this.#events.length = 0;
    this.finish(null);
    this.#end = { error: null };
    return Promise.resolve(DONE);
  }
}
