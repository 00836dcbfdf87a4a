// Follows what a subgraph says has changed, so that its answers may be remembered: what changed is forgotten within a fraction of a second.
import { withDeadline } from '../../subgraphs/kernel/base/deadline.js';

const EVERY_MS = 250;
const SILENCE_MS = 750;
const PORT_MS = 2_000;

/** Null: more has changed than can be told. */
export type Changes<Change> = readonly Change[] | null;

/** Tells each change once; `cursor` is given back for what comes next. */
export interface ChangeSource<Change> {
  changes(cursor: string | null): Promise<{ cursor: string; changes: Changes<Change> }>;
}

/** Milliseconds that never go back, whatever is done to the clock of the wall. */
export type Monotonic = () => number;

export interface FollowerEvents<Change> {
  changed(changes: Changes<Change>): void;
  /** Once when silence begins, and once when it ends (error null). */
  silence(error: unknown): void;
}

export class ChangeFollower<Change> {
  #cursor: string | null = null;
  /** When the last round that succeeded began: it saw everything that was committed before. */
  #seenAt = -Infinity;
  #round: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #silent = false;
  #stopped = true;

  constructor(private readonly source: ChangeSource<Change>, private readonly events: FollowerEvents<Change>, private readonly time: Monotonic) {}

  /** What is remembered can be trusted: no change before the last 750 ms is unknown here. */
  get following(): boolean {
    return this.silentFor <= SILENCE_MS;
  }

  /** Milliseconds for which changes may be unknown here. */
  get silentFor(): number {
    return this.time() - this.#seenAt;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    void this.#run();
  }

  /** Waits for the round under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** One round; those who ask while one runs share it. Never rejects. */
  poll(): Promise<void> {
    this.#round ??= this.#ask().finally(() => { this.#round = null; });
    return this.#round;
  }

  async #run(): Promise<void> {
    const begun = this.time();
    await this.poll();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, EVERY_MS - (this.time() - begun)));
    this.#timer.unref();
  }

  async #ask(): Promise<void> {
    const begun = this.time();
    try {
      const { cursor, changes } = await withDeadline(this.source.changes(this.#cursor), PORT_MS, 'following changes');
      // Forgotten first: from here on what is remembered counts again.
      if (changes === null || changes.length > 0) this.events.changed(changes);
      this.#cursor = cursor;
      this.#seenAt = begun;
      if (this.#silent) this.events.silence(null);
      this.#silent = false;
    } catch (error) {
      if (!this.#silent) this.events.silence(error);
      this.#silent = true;
    }
  }
}
