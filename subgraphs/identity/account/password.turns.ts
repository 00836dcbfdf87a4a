// Heavy work takes turns: as much at a time as leaves a core to everybody else. More would end no sooner.

export class Turns {
  readonly #waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
    try {
      return await work();
    } finally {
      // A turn is handed on, so that nobody who comes later overtakes.
      const next = this.#waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
