// Thresholds that raise an alert: shown, counted in a gauge, and logged once when it begins and once when it ends.
import type { Clock } from './clock.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** 0: no such alert. */
export interface Thresholds {
  /** 95th percentile of HTTP requests, milliseconds. */
  apiP95Ms: number;
  /** 95th percentile of database statements, milliseconds. */
  databaseP95Ms: number;
  /** 99th percentile of what a turn of the event loop comes too late, milliseconds. */
  eventLoopMs: number;
  /** Resident memory, MiB. */
  rssMb: number;
}

/** What is measured now; null: too little to judge. */
export type Readings = Readonly<Record<keyof Thresholds, number | null>>;

export interface AlertState {
  name: string;
  raised: boolean;
  value: number | null;
  threshold: number;
  /** UTC; null while it is not raised. */
  since: string | null;
}

const NAMES: Readonly<Record<keyof Thresholds, string>> = {
  apiP95Ms: 'api_p95_ms', databaseP95Ms: 'database_p95_ms', eventLoopMs: 'event_loop_ms', rssMb: 'rss_mb',
};

export class Alerts {
  readonly #since = new Map<string, Date>();

  constructor(private readonly thresholds: Thresholds, private readonly metrics: Metrics, private readonly logger: Logger, private readonly clock: Clock) {}

  judge(readings: Readings): AlertState[] {
    const keys = (Object.keys(NAMES) as (keyof Thresholds)[]).filter((key) => this.thresholds[key] > 0);
    return keys.map((key) => this.#judge(NAMES[key], readings[key], this.thresholds[key]));
  }

  #judge(name: string, value: number | null, threshold: number): AlertState {
    const raised = value !== null && value > threshold;
    const began = this.#since.get(name);
    if (raised && !began) {
      this.#since.set(name, this.clock.now());
      this.logger.warn({ alert: name, value, threshold }, 'an alert begins');
    } else if (!raised && began) {
      this.#since.delete(name);
      this.logger.info({ alert: name, value, threshold, since: began.toISOString() }, 'an alert ends');
    }
    this.metrics.alerts.set({ name }, raised ? 1 : 0);
    return { name, raised, value, threshold, since: this.#since.get(name)?.toISOString() ?? null };
  }
}
