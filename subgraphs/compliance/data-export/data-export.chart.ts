// What there is to draw of the rows of an export, gathered while they pass in memory that does not grow with them.
import type { Cell, ExportColumn } from './data-export.columns.js';
import { NUMBER, cellText } from './data-export.sheet.js';
import { currencyExponent } from '../../kernel/base/currency.js';
import { wallClock } from './data-export.zone.js';

export type Period = 'DAY' | 'MONTH' | 'YEAR';
/** What a chart says of its places: how many rows, or the sum of a column. */
export interface Chart {
  kind: 'line' | 'bars';
  /** Heading of the column that is summed; null: rows are counted. */
  of: string | null;
  currency: string | null;
  /** Heading of the column along the chart. */
  along: string;
  /** Of a line along time. */
  period: Period | null;
  points: { label: string; value: number }[];
}

interface Tally { count: number; sum: number }

const POINTS_MAX = 60;
const NAMES_MAX = 50;
const BARS_MAX = 12;
const BINS_MAX = 16;
const DAY_MS = 86_400_000;

const add = (tallies: Map<number, Tally>, place: number, { count, sum }: Tally): void => {
  const known = tallies.get(place);
  if (known) { known.count += count; known.sum += sum; } else tallies.set(place, { count, sum });
};

export class ChartFacts {
  readonly #dated: number;
  readonly #numbered: number;
  readonly #clock: (instant: number) => number;
  #times = new Map<number, Tally>();
  #period: Period = 'DAY';
  readonly #names = new Map<number, Map<string, Tally>>();
  #bins = new Map<number, Tally>();
  #width = 1;
  readonly #currencies = new Set<string>();

  constructor(private readonly columns: readonly ExportColumn[], timeZone: string) {
    const first = (...kinds: ExportColumn['kind'][]): number => columns.findIndex(({ kind, list }) => kinds.includes(kind) && !list);
    [this.#dated, this.#numbered] = [first('INSTANT'), first('MONEY') >= 0 ? first('MONEY') : first('NUMBER')];
    this.#clock = wallClock(timeZone);
    for (const [place, { kind, list }] of columns.entries()) if (kind === 'TEXT' && !list) this.#names.set(place, new Map());
  }

  add(row: readonly Cell[]): void {
    const number = this.#number(row);
    const tally: Tally = { count: 1, sum: number ?? 0 };
    if (this.#dated >= 0) this.#addTime(Date.parse(cellText(row[this.#dated] ?? null)), tally);
    if (number !== null) this.#addBin(number, tally);
    for (const [place, names] of this.#names) {
      const name = cellText(row[place] ?? null);
      const known = names.get(name);
      if (known) { known.count += 1; known.sum += tally.sum; } else if (names.size < NAMES_MAX) names.set(name, { ...tally });
      // As many names as rows are no kinds of rows.
      else this.#names.delete(place);
    }
  }

  #number(row: readonly Cell[]): number | null {
    const column = this.columns[this.#numbered];
    const text = cellText(row[this.#numbered] ?? null);
    if (!column || !NUMBER.test(text)) return null;
    if (column.kind !== 'MONEY') return Number(text);
    const currency = cellText(row[this.columns.findIndex(({ path }) => path.join('.') === column.currency?.join('.'))] ?? null);
    this.#currencies.add(currency);
    return Number(text) / 10 ** currencyExponent(currency);
  }

  #addTime(instant: number, tally: Tally): void {
    if (Number.isNaN(instant)) return;
    add(this.#times, this.#placeOf(this.#clock(instant)), tally);
    while (this.#times.size > POINTS_MAX && this.#period !== 'YEAR') {
      const [finer, times] = [this.#period, this.#times];
      this.#period = finer === 'DAY' ? 'MONTH' : 'YEAR';
      this.#times = new Map();
      for (const [place, known] of times) add(this.#times, this.#placeOf(startOf(place, finer)), known);
    }
  }

  #placeOf(clock: number): number {
    const date = new Date(clock);
    if (this.#period === 'DAY') return Math.floor(clock / DAY_MS);
    return this.#period === 'MONTH' ? date.getUTCFullYear() * 12 + date.getUTCMonth() : date.getUTCFullYear();
  }

  #addBin(number: number, tally: Tally): void {
    add(this.#bins, Math.floor(number / this.#width), tally);
    while (this.#bins.size > BINS_MAX) {
      const bins = this.#bins;
      this.#bins = new Map();
      this.#width *= 2;
      for (const [place, known] of bins) add(this.#bins, Math.floor(place / 2), known);
    }
  }

  /** None, one or two: along time, and by kind or by size. */
  charts(): Chart[] {
    // Amounts of several currencies have no sum.
    const column = this.#currencies.size > 1 ? undefined : this.columns[this.#numbered];
    const of = { of: column?.heading ?? null, currency: [...this.#currencies][0] ?? null };
    const value = ({ count, sum }: Tally): number => (column ? sum : count);
    const charts: Chart[] = [];
    if (this.#times.size > 1) {
      const places = [...this.#times.keys()];
      const [from, to] = [Math.min(...places), Math.max(...places)];
      // A day without rows is a point too, unless that made a line of nothing.
      const all = to - from < 4 * POINTS_MAX ? Array.from({ length: to - from + 1 }, (_none, index) => from + index) : places.sort((a, b) => a - b);
      const points = all.map((place) => ({ label: new Date(startOf(place, this.#period)).toISOString(), value: value(this.#times.get(place) ?? { count: 0, sum: 0 }) }));
      charts.push({ kind: 'line', ...of, along: this.columns[this.#dated]?.heading ?? '', period: this.#period, points });
    }
    const kinds = [...this.#names].filter(([, names]) => names.size > 1).sort(([, a], [, b]) => a.size - b.size)[0];
    if (kinds) {
      const [place, names] = kinds;
      const points = [...names].map(([label, tally]) => ({ label, value: value(tally) })).sort((a, b) => b.value - a.value).slice(0, BARS_MAX);
      charts.push({ kind: 'bars', ...of, along: this.columns[place]?.heading ?? '', period: null, points });
    } else if (column && this.#bins.size > 1) {
      const points = [...this.#bins].sort(([a], [b]) => a - b).map(([place, { count }]) => ({ label: `≥ ${place * this.#width}`, value: count }));
      charts.push({ kind: 'bars', of: null, currency: null, along: column.heading, period: null, points });
    }
    return charts;
  }
}

/** The instant, as a wall clock shows it, at which a period begins. */
function startOf(place: number, period: Period): number {
  if (period === 'DAY') return place * DAY_MS;
  return period === 'MONTH' ? Date.UTC(Math.floor(place / 12), place % 12) : Date.UTC(place, 0);
}
