// A Prometheus histogram that also knows its quantiles, since the start and over the last one to two windows, label by label.
import { Histogram, type LabelValues, type Registry } from 'prom-client';
import { Distribution, type Summary } from './distribution.js';

const SECONDS = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
/** Labels are names of ours, never a client's words; this only bounds the memory should one of them be wrong. */
const MOST_SERIES = 300;

export type Labels = Readonly<Record<string, string>>;

interface Series {
  labels: Labels;
  total: Distribution;
  current: Distribution;
  previous: Distribution;
}

export interface TimerSummary extends Summary {
  labels: Labels;
  /** Of the last one to two windows. */
  recent: Summary;
}

export interface TimerSettings<Label extends string> {
  name: string;
  help: string;
  labelNames: readonly Label[];
  registry: Registry;
}

export class Timer<Label extends string = string> extends Histogram<Label> {
  readonly #series = new Map<string, Series>();
  readonly #labelNames: readonly Label[];

  constructor({ name, help, labelNames, registry }: TimerSettings<Label>) {
    super({ name, help, labelNames: [...labelNames], buckets: SECONDS, registers: [registry] });
    this.#labelNames = labelNames;
    // prom-client sets `observe` as a property, and its `startTimer` calls that.
    const histogram = this.observe.bind(this) as (labels: LabelValues<Label>, seconds: number) => void;
    this.observe = ((labels: LabelValues<Label>, seconds: number): void => {
      histogram(labels, seconds);
      const series = this.#of(labels);
      series.total.record(seconds);
      series.current.record(seconds);
    }) as Histogram<Label>['observe'];
  }

  /** Begins a new window. */
  rotate(): void {
    for (const series of this.#series.values()) {
      series.previous = series.current;
      series.current = new Distribution();
    }
  }

  summaries(): TimerSummary[] {
    return [...this.#series.values()].map(({ labels, total, current, previous }) =>
      ({ labels, ...total.summary(), recent: merged([current, previous]).summary() }));
  }

  /** All series that `wanted` takes, as one. */
  total(wanted: (labels: Labels) => boolean = () => true): Distribution {
    return merged([...this.#series.values()].flatMap(({ labels, total }) => (wanted(labels) ? [total] : [])));
  }

  recent(wanted: (labels: Labels) => boolean = () => true): Distribution {
    return merged([...this.#series.values()].flatMap(({ labels, current, previous }) => (wanted(labels) ? [current, previous] : [])));
  }

  #of(labels: LabelValues<Label>): Series {
    let key = '';
    for (const name of this.#labelNames) key += `${labels[name] ?? ''}\n`;
    let series = this.#series.get(key);
    if (series) return series;
    const full = this.#series.size >= MOST_SERIES;
    if (full) series = this.#series.get(OTHER);
    if (series) return series;
    series = {
      labels: Object.fromEntries(this.#labelNames.map((name) => [name, full ? 'other' : String(labels[name] ?? '')])),
      total: new Distribution(), current: new Distribution(), previous: new Distribution(),
    };
    this.#series.set(full ? OTHER : key, series);
    return series;
  }
}

const OTHER = 'other';

function merged(parts: readonly Distribution[]): Distribution {
  const all = new Distribution();
  for (const part of parts) all.add(part);
  return all;
}
