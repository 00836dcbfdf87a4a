// Stops asking a subgraph that does not answer: a few failures in a row open it for a moment, then one call tries again.
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { DeadlineExceeded } from '../../subgraphs/kernel/base/deadline.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { SubgraphUnavailable } from '../../subgraphs/kernel/base/subgraph-port.js';

const FAILURES = 5;
const OPEN_MS = 1_000;

export interface BreakerParts {
  /** The subgraph's name. */
  name: string;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

export class Breaker {
  /** In a row. */
  #failures = 0;
  /** When the next call may try, milliseconds since the epoch; `null` while closed. */
  #openUntil: number | null = null;
  #trying = false;

  constructor(private readonly parts: BreakerParts) {}

  /** Does `work`, unless the subgraph is resting. @throws SubgraphUnavailable, or what `work` throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const trying = this.#openUntil !== null;
    if (this.#openUntil !== null && (this.#trying || this.#now() < this.#openUntil)) throw this.#counted('resting');
    if (trying) this.#trying = true;
    try {
      const result = await work();
      this.#answered();
      return result;
    } catch (error) {
      if (error instanceof SubgraphUnavailable) this.#failed(error.reason);
      else if (error instanceof DeadlineExceeded) this.#failed('timeout');
      throw error;
    } finally {
      if (trying) this.#trying = false;
    }
  }

  #now(): number {
    return this.parts.clock.now().getTime();
  }

  #counted(reason: SubgraphUnavailable['reason']): SubgraphUnavailable {
    const { name, metrics } = this.parts;
    metrics.subgraphFailures.inc({ subgraph: name, reason });
    return new SubgraphUnavailable(name, reason);
  }

  #answered(): void {
    if (this.#openUntil !== null) this.parts.logger.info({ subgraph: this.parts.name }, 'a subgraph answers again');
    this.#failures = 0;
    this.#openUntil = null;
  }

  #failed(reason: SubgraphUnavailable['reason']): void {
    const { name, metrics, logger } = this.parts;
    metrics.subgraphFailures.inc({ subgraph: name, reason });
    this.#failures += 1;
    if (this.#failures < FAILURES) return;
    if (this.#openUntil === null) logger.warn({ subgraph: name, reason, failures: this.#failures }, 'a subgraph does not answer: calls fail at once for a moment');
    this.#openUntil = this.#now() + OPEN_MS;
  }
}
