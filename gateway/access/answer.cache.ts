// What identity said of a credential: remembered, bounded, asked once however many want it at a time, forgotten by name.
import { LRUCache } from 'lru-cache';
import type { AccessChange, Refused } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { Changes, Monotonic } from './change.follower.js';

const REMEMBERED_MS = 30_000;
/** A refusal is cheap to ask again, and what was refused may be let in again. */
const REFUSAL_MS = 1_000;
/** While changes cannot be followed, calls of the same moment still share one question. */
const SHARED_MS = 100;
const MAX = 10_000;

interface Entry<Good> {
  at: number;
  answer: Promise<Good | Refused>;
  /** Null until it is there. */
  known: Good | Refused | null;
}

export interface AnswerCacheOptions<Good> {
  /** Whether a change is about this answer. */
  concerns(good: Good, change: AccessChange): boolean;
  /** Whether changes are being followed. */
  following(): boolean;
  time: Monotonic;
}

export class AnswerCache<Good extends { ok: true }> {
  readonly #entries = new LRUCache<string, Entry<Good>>({ max: MAX });

  constructor(private readonly options: AnswerCacheOptions<Good>) {}

  /** @param good whether a remembered answer may still be used; otherwise it is asked again */
  get(key: string, good: (answer: Good) => boolean, ask: () => Promise<Good | Refused>): Promise<Good | Refused> {
    const entry = this.#entries.get(key);
    if (entry && this.#usable(entry, good)) return entry.answer;
    return this.#ask(key, ask).answer;
  }

  #usable({ at, known }: Entry<Good>, good: (answer: Good) => boolean): boolean {
    const age = this.options.time() - at;
    if (!this.options.following()) return known === null && age < SHARED_MS;
    if (known === null) return true;
    return known.ok ? age < REMEMBERED_MS && good(known) : age < REFUSAL_MS;
  }

  #ask(key: string, ask: () => Promise<Good | Refused>): Entry<Good> {
    const entry: Entry<Good> = { at: this.options.time(), answer: ask(), known: null };
    this.#entries.set(key, entry);
    entry.answer.then(
      (answer) => { entry.known = answer; },
      () => { if (this.#entries.peek(key) === entry) this.#entries.delete(key); },
    );
    return entry;
  }

  /** An answer that is still on its way may be older than the change: it serves those who wait for it, and nobody after. */
  forget(changes: Changes): void {
    if (changes === null) return this.#entries.clear();
    for (const [key, { known }] of [...this.#entries.entries()]) {
      if (!known?.ok || changes.some((change) => this.options.concerns(known, change))) this.#entries.delete(key);
    }
  }
}
