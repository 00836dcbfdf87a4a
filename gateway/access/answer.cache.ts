// What a subgraph said, of a credential for one: remembered, bounded, asked once however many want it at a time, forgotten by name.
import { LRUCache } from 'lru-cache';
import type { Changes, Monotonic } from './change.follower.js';

const REMEMBERED_MS = 30_000;
/** A refusal is cheap to ask again, and what was refused may be let in again. */
const REFUSAL_MS = 1_000;
/** While changes cannot be followed, calls of the same moment still share one question. */
const SHARED_MS = 100;
const MAX = 10_000;

interface Entry<Good, Bad> {
  at: number;
  answer: Promise<Good | Bad>;
  /** Null until it is there. */
  known: Good | Bad | null;
}

export interface AnswerCacheOptions<Good, Change> {
  /** Whether a change is about this answer. */
  concerns(good: Good, change: Change): boolean;
  /** Whether changes are being followed. */
  following(): boolean;
  time: Monotonic;
}

/** `Bad`: what is no good answer and still one; `never` where there is none. */
export class AnswerCache<Good extends { ok: true }, Bad extends { ok: false }, Change> {
  readonly #entries = new LRUCache<string, Entry<Good, Bad>>({ max: MAX });

  constructor(private readonly options: AnswerCacheOptions<Good, Change>) {}

  /** @param good whether a remembered answer may still be used; otherwise it is asked again */
  get(key: string, good: (answer: Good) => boolean, ask: () => Promise<Good | Bad>): Promise<Good | Bad> {
    const entry = this.#entries.get(key);
    if (entry && this.#usable(entry, good)) return entry.answer;
    return this.#ask(key, ask).answer;
  }

  #usable({ at, known }: Entry<Good, Bad>, good: (answer: Good) => boolean): boolean {
    const age = this.options.time() - at;
    if (!this.options.following()) return known === null && age < SHARED_MS;
    if (known === null) return true;
    return known.ok ? age < REMEMBERED_MS && good(known) : age < REFUSAL_MS;
  }

  #ask(key: string, ask: () => Promise<Good | Bad>): Entry<Good, Bad> {
    const entry: Entry<Good, Bad> = { at: this.options.time(), answer: ask(), known: null };
    this.#entries.set(key, entry);
    entry.answer.then(
      (answer) => { entry.known = answer; },
      () => { if (this.#entries.peek(key) === entry) this.#entries.delete(key); },
    );
    return entry;
  }

  /** An answer that is still on its way may be older than the change: it serves those who wait for it, and nobody after. */
  forget(changes: Changes<Change>): void {
    if (changes === null) return this.#entries.clear();
    for (const [key, { known }] of [...this.#entries.entries()]) {
      if (!known?.ok || changes.some((change) => this.options.concerns(known, change))) this.#entries.delete(key);
    }
  }
}
