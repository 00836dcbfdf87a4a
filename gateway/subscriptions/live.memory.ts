// Those who come back after one cursor, one soon after the other: what the first of them heard, the next are told from memory.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { LiveSubscription, type Outlet } from './live.subscription.js';

/** How long after the first somebody may come. What an event shows is as old at most. */
const REMEMBERED_MS = 2_000;
/** Characters of what was told after one cursor, and of all that is remembered here. */
const MOST_EACH = 256 * 1024;
const MOST_OF_ALL = 32 * 1024 * 1024;

/** What all that is remembered takes, in characters. */
export class MemoryBudget {
  used = 0;
}

/** It listens like a subscriber: what it has heard and where it goes on is what the next ones have missed and where they go on. */
export class LiveMemory implements Outlet {
  readonly silent = true;
  readonly correlationId: string;
  readonly listener = new LiveSubscription(this);
  readonly #told: string[] = [];
  #characters = 0;
  readonly #timer = setTimeout(() => this.forget(), REMEMBERED_MS).unref();

  /** @param first who came first. @param forgotten called once, when nobody is told from it any more */
  constructor(private readonly first: Outlet, private readonly budget: MemoryBudget, private readonly forgotten: () => void) {
    this.correlationId = first.correlationId;
  }

  actor(): Actor {
    return this.first.actor();
  }

  /** Somebody else who comes back after the same cursor, told what was told after it; null: it is forgotten. */
  admit(outlet: Outlet): LiveSubscription | null {
    const { source, heard, ended } = this.listener;
    if (ended || !source || source.closed) {
      // Of a stream that broke: its listeners are told one after another, and whoever joined now would be told nothing.
      this.forget();
      return null;
    }
    const subscription = new LiveSubscription(outlet);
    for (const json of this.#told) outlet.next(json);
    subscription.heard = heard;
    return source.admit(subscription);
  }

  next(json: string): void {
    this.#told.push(json);
    this.#characters += json.length;
    this.budget.used += json.length;
    if (this.#characters > MOST_EACH || this.budget.used > MOST_OF_ALL) this.forget();
  }

  interrupted(): void {
    this.forget();
  }

  ended(): void {
    clearTimeout(this.#timer);
    this.budget.used -= this.#characters;
    this.#told.length = 0;
    this.forgotten();
  }

  forget(): void {
    this.listener.end(null);
  }
}
