// Reads that wait for something new, counted while they do: each holds a place of this process, and nobody may take all of them.
export const MOST_WAITING = { visitor: 2, inbox: 300 };

export class WaitingReads {
  readonly #counts = new Map<string, number>();

  /** @returns what `read` does, or null when too many wait already */
  async hold<T>(inboxId: string, visitor: string, read: () => Promise<T>): Promise<T | null> {
    const own = `${inboxId}/${visitor}`;
    if (this.#of(own) >= MOST_WAITING.visitor || this.#of(inboxId) >= MOST_WAITING.inbox) return null;
    this.#add(own, 1);
    this.#add(inboxId, 1);
    try {
      return await read();
    } finally {
      this.#add(own, -1);
      this.#add(inboxId, -1);
    }
  }

  #of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #add(key: string, more: number): void {
    const count = this.#of(key) + more;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
