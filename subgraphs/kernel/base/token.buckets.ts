// How much each caller may do a minute. Kept in this process: with several of its kind a caller may do as much at each of them.
import { LRUCache } from 'lru-cache';

/** Callers remembered; who falls out has been silent for longest, and begins with a full bucket again. */
const MAX = 50_000;
const MINUTE = 60_000;

interface Bucket {
  tokens: number;
  at: number;
}

export class TokenBuckets {
  readonly #buckets = new LRUCache<string, Bucket>({ max: MAX });

  constructor(private readonly time: () => number = () => performance.now()) {}

  /** Takes one of `perMinute` tokens, which fill up steadily and to a minute's worth. @returns 0, or for how many milliseconds to wait for one */
  take(caller: string, perMinute: number): number {
    const at = this.time();
    const { tokens, at: before } = this.#buckets.get(caller) ?? { tokens: perMinute, at };
    const filled = Math.min(perMinute, tokens + ((at - before) * perMinute) / MINUTE);
    const taken = filled >= 1;
    this.#buckets.set(caller, { tokens: taken ? filled - 1 : filled, at });
    return taken ? 0 : ((1 - filled) * MINUTE) / perMinute;
  }
}
