// What matters only while it is new: somebody types, somebody is there. It goes over the bus to who listens now, and is kept nowhere.
import type { Logger } from '../base/logger.js';
import { MOMENT_CHANNEL, type Bus } from './bus.js';

/** One moment on the bus; short names as in feeds. */
interface BusMoment { n: string; t: string; k: string; d: unknown }

/** Of a listener that is slow, the oldest are dropped: what is news now is worth more. */
const MAX_PENDING = 100;

/** Moments of one subgraph, to and from this process. */
export class MomentHub {
  readonly #streams = new Map<string, Set<MomentStream>>();
  readonly #stop: () => void;

  constructor(private readonly schema: string, private readonly bus: Bus, private readonly logger: Logger) {
    this.#stop = bus.listen(MOMENT_CHANNEL, {
      message: (payload) => {
        const { n, t, k, d } = JSON.parse(payload) as BusMoment;
        if (n === this.schema) for (const stream of this.#streams.get(`${t}/${k}`) ?? []) stream.push(d);
      },
      gap: () => { for (const set of this.#streams.values()) for (const stream of set) stream.missed(); },
    });
  }

  /** Tells those who listen to `key` of the tenant. Not waited for, and may be lost: it is over soon. @param said JSON, at most 7,000 bytes */
  tell(tenantId: string, key: string, said: unknown): void {
    const moment = JSON.stringify({ n: this.schema, t: tenantId, k: key, d: said } satisfies BusMoment);
    this.bus.publish(MOMENT_CHANNEL, [moment]).catch((error: Error) => this.logger.debug({ err: error.message }, 'a moment was not told'));
  }

  /** From now on. @param missed called when moments may have been lost on their way */
  open(tenantId: string, key: string, missed: () => void = () => undefined): MomentStream {
    const place = `${tenantId}/${key}`;
    const stream: MomentStream = new MomentStream(missed, () => {
      const set = this.#streams.get(place);
      set?.delete(stream);
      if (set?.size === 0) this.#streams.delete(place);
    });
    (this.#streams.get(place) ?? this.#streams.set(place, new Set()).get(place))?.add(stream);
    return stream;
  }

  close(): void {
    this.#stop();
    for (const set of [...this.#streams.values()]) for (const stream of [...set]) stream.end();
  }
}

export class MomentStream {
  readonly #pending: unknown[] = [];
  #wakeUp: (() => void) | null = null;
  #ended = false;

  constructor(readonly missed: () => void, private readonly onEnd: () => void) {}

  push(moment: unknown): void {
    this.#pending.push(moment);
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
    this.#wakeUp?.();
  }

  /** The next one, or undefined when it has ended. */
  async next(): Promise<unknown> {
    for (;;) {
      if (this.#ended) return undefined;
      if (this.#pending.length > 0) return this.#pending.shift();
      await new Promise<void>((resolve) => { this.#wakeUp = resolve; });
    }
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd();
    this.#wakeUp?.();
  }
}

/** As a subscription reads it. @param rootOf what its field resolves from; null: nothing to tell */
export function momentIterator(stream: MomentStream, rootOf: (moment: unknown) => Record<string, unknown> | null, ended: () => void = () => undefined): AsyncIterableIterator<Record<string, unknown>> {
  const iterator: AsyncIterableIterator<Record<string, unknown>> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      for (;;) {
        const moment = await stream.next();
        if (moment === undefined) return { done: true, value: undefined };
        const root = rootOf(moment);
        if (root !== null) return { done: false, value: root };
      }
    },
    return: async () => {
      stream.end();
      ended();
      return { done: true, value: undefined };
    },
  };
  return iterator;
}
