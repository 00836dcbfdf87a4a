// How much one caller, and all of them together, may hold open in this process.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';

export interface LiveCaps {
  /** WebSockets and streamed answers of this process. */
  streams: number;
  /** The same of one person or API key; of who is not signed in, of one address. */
  streamsEach: number;
  /** Live subscriptions of this process. */
  subscriptions: number;
  /** Of one person, key or address. */
  subscriptionsEach: number;
}

/** What comes with so many connections: five subscriptions each, and of one person ten. */
export const capsOf = ({ all, each }: { all: number; each: number }): LiveCaps => ({ streams: all, streamsEach: each, subscriptions: 5 * all, subscriptionsEach: 10 * each });

export const DEFAULT_CAPS = capsOf({ all: 20_000, each: 200 });

/** Who holds what is counted. */
export const holderOf = ({ sub, apiKey, ip }: Actor): string => sub ?? apiKey ?? ip ?? '';

/** Counts what is held: by each, and by all. */
export class Cap {
  readonly #held = new Map<string, number>();
  #all = 0;

  constructor(private readonly most: number, private readonly mostEach: number) {}

  /** @returns what gives it back, once; null: there is too much already */
  take(holder: string): (() => void) | null {
    const held = this.#held.get(holder) ?? 0;
    if (this.#all >= this.most || held >= this.mostEach) return null;
    this.#held.set(holder, held + 1);
    this.#all += 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#all -= 1;
      const left = (this.#held.get(holder) ?? 1) - 1;
      if (left > 0) this.#held.set(holder, left);
      else this.#held.delete(holder);
    };
  }
}
