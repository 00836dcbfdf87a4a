// Looks ahead in a source of events: those that wait are handed out together, so that one read serves them all.
import { setImmediate as nextTurn } from 'node:timers/promises';

export class Ahead<Event> {
  /** Asked for and not handed out yet. */
  #next: Promise<IteratorResult<Event>> | null = null;

  constructor(private readonly source: AsyncIterator<Event>) {}

  /** Waits for one; with it come those that are there by then. None: it is over. @throws what the source throws, after what came before it */
  async take(most: number): Promise<Event[]> {
    const taken: Event[] = [];
    let one: IteratorResult<Event> | null = await this.#first();
    while (one && !one.done) {
      this.#next = null;
      taken.push(one.value);
      one = taken.length < most ? await this.#whatIsThere() : null;
    }
    return taken;
  }

  async #first(): Promise<IteratorResult<Event>> {
    try {
      return await this.#ask();
    } catch (error) {
      // It has been heard: who asks again asks the source.
      this.#next = null;
      throw error;
    }
  }

  #ask(): Promise<IteratorResult<Event>> {
    return (this.#next ??= this.source.next());
  }

  /** Null: nothing yet, or a failure, which whoever waits for the next one hears. */
  #whatIsThere(): Promise<IteratorResult<Event> | null> {
    return Promise.race([this.#ask().catch(() => null), nextTurn(null)]);
  }
}
