// Quantiles of a stream of durations in fixed memory, like HdrHistogram: 32 buckets for each doubling from 1 µs to 67 s.

const STEPS = 32;
const DOUBLINGS = 26;
const MOST_MICROSECONDS = 2 ** DOUBLINGS - 1;

/** Milliseconds, except `count`. All null while nothing was recorded. */
export interface Summary {
  count: number;
  min: number | null;
  max: number | null;
  average: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/**
 * Count, minimum, maximum and average are exact. A quantile is the middle of the bucket that holds the value of its rank, and a
 * bucket is a 32nd of its lower bound wide: the error is at most 1/64, 1.6 %, of the value. Below 1 µs it is at most 1 µs; above 67 s
 * only the maximum is known.
 */
export class Distribution {
  readonly #buckets = new Uint32Array(STEPS * DOUBLINGS);
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  record(seconds: number): void {
    this.#buckets[bucketOf(seconds * 1e6)]! += 1;
    this.#count += 1;
    this.#sum += seconds;
    if (seconds < this.#min) this.#min = seconds;
    if (seconds > this.#max) this.#max = seconds;
  }

  add(other: Distribution): void {
    if (other.#count === 0) return;
    for (let index = 0; index < this.#buckets.length; index += 1) this.#buckets[index]! += other.#buckets[index]!;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** By nearest rank, in seconds; null while nothing was recorded. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (let index = 0; index < this.#buckets.length; index += 1) {
      left -= this.#buckets[index]!;
      if (left > 0) continue;
      // Nothing in the last bucket is known but that it is not more than the maximum.
      if (index === this.#buckets.length - 1) break;
      return Math.min(Math.max(middleOf(index) / 1e6, this.#min), this.#max);
    }
    return this.#max;
  }

  summary(): Summary {
    const some = this.#count > 0;
    return {
      count: this.#count,
      min: milliseconds(some ? this.#min : null), max: milliseconds(some ? this.#max : null),
      average: milliseconds(some ? this.#sum / this.#count : null),
      p50: milliseconds(this.quantile(0.5)), p95: milliseconds(this.quantile(0.95)), p99: milliseconds(this.quantile(0.99)),
    };
  }
}

const milliseconds = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1e6) / 1e3);

function bucketOf(microseconds: number): number {
  const value = Math.min(Math.max(microseconds, 1), MOST_MICROSECONDS);
  const doubling = 31 - Math.clz32(value);
  return doubling * STEPS + Math.floor((value / 2 ** doubling - 1) * STEPS);
}

function middleOf(bucket: number): number {
  return 2 ** Math.floor(bucket / STEPS) * (1 + ((bucket % STEPS) + 0.5) / STEPS);
}
