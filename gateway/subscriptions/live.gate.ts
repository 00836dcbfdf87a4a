// How many events are completed at the same time: a burst waits its turn, and the loop comes to read its sockets meanwhile.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** More than a few at a time complete none of them sooner: they share one thread. */
const AT_A_TIME = 8;

export class Gate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs `work` when fewer than eight others run; in the order of asking. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_A_TIME) await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
    else this.#running += 1;
    try {
      return await work();
    } finally {
      await nextTurn();
      // The place is handed over, so that nobody who comes now is before who waits.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
