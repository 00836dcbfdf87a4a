// Commerce: orders a second beside the bare SQL of the same statements, what is free in a full house, and lists of a million orders.
import { benchReads, type ReadMeasured, type ReadReport } from './commerce.lists.js';
import { benchOrders, orderRatio, type OrderReport } from './commerce.orders.js';
import { machine, type Machine } from './machine.facts.js';

export interface CommerceOptions {
  /** Of each round, and of each way. */
  orders: number;
  rounds: number;
  clients: number;
  /** Of a cart. */
  lines: number;
  /** Orders of one tenant. */
  rows: number;
  /** Days of bookings. */
  days: number;
  /** Asked of each kind of list. */
  pages: number;
  nodeArgs: string[];
}
export const COMMERCE_DEFAULTS: CommerceOptions = { orders: 600, rounds: 3, clients: 16, lines: 2, rows: 1_000_000, days: 365, pages: 300, nodeArgs: [] };
export const COMMERCE_SMALL: CommerceOptions = { ...COMMERCE_DEFAULTS, orders: 40, rounds: 1, rows: 5_000, days: 40, pages: 20 };

const LEAST_RATIO = 0.4;
const TO_REACH_MS = 50;
const MOST_STATEMENTS = 25;

export interface CommerceReport {
  machine: Machine;
  options: CommerceOptions;
  orders: OrderReport;
  reads: ReadReport;
}

export async function benchCommerce(code: string, options: CommerceOptions, say: (line: string) => void): Promise<CommerceReport> {
  const facts = machine();
  return { machine: facts, options, orders: await benchOrders(code, options, say), reads: await benchReads(options, say) };
}

/** Wrong answers and plans, not slow ones: those depend on the machine. */
export const commerceFailed = ({ orders, reads }: CommerceReport): boolean =>
  orders.wrong !== 0 || orders.statements.place > MOST_STATEMENTS || reads.wrong.length > 0 || Object.values(reads.cases).some(({ scanned }) => scanned.length > 0);

const caseLine = (name: string, { page, cpuMs, rows, indexes, scanned }: ReadMeasured): string =>
  `${name.padEnd(40)} p50 ${page.p50}, p99 ${page.p99} ms${page.p99 > TO_REACH_MS ? ' (too slow)' : ''}; CPU ${cpuMs.node} + ${cpuMs.postgres}; ${rows} rows; ${indexes.join(', ')}${scanned.map((table) => ` READ WHOLE: ${table}`).join('')}`;

export function commerceTable({ options, orders, reads }: CommerceReport): string[] {
  const { api, bare, bareCpuMs, statements, wrong } = orders;
  const last = api.at(-1);
  return [
    `${options.rounds} rounds of ${options.orders} orders of ${options.lines} lines by ${options.clients} clients: a cart, its lines and the order, ${options.lines + 2} requests each`,
    `through the API: ${api.map(({ perSecond }) => perSecond).join(', ')} orders a second, ${orderRatio(orders)} x bare (to reach ${LEAST_RATIO}); CPU an order: node ${last?.cpuMs.node ?? 'unknown'} + PostgreSQL ${last?.cpuMs.postgres ?? 'unknown'} ms; an order took p50 ${last?.orderMs.p50}, p99 ${last?.orderMs.p99} ms`,
    `the same ${statements.bare} statements through pg: ${bare.join(', ')} orders a second; CPU an order: PostgreSQL ${bareCpuMs ?? 'unknown'} ms`,
    `statements of commerce an order: ${statements.api}, of them ${statements.place} for orderPlace (at most ${MOST_STATEMENTS}); wrong ${wrong}; all other programs meanwhile: ${orders.othersCpuShare ?? 'unknown'} of a core`,
    `${options.rows} orders in one tenant and ${reads.bookings} bookings of ${options.days} days in one venue, ${options.pages} pages of each; all other programs meanwhile: ${reads.othersCpuShare ?? 'unknown'} of a core`,
    ...Object.entries(reads.cases).map(([name, measured]) => caseLine(name, measured)),
    `to reach: p99 under ${TO_REACH_MS} ms; missed by ${Object.values(reads.cases).filter(({ page }) => page.p99 > TO_REACH_MS).length} of ${Object.keys(reads.cases).length}${reads.wrong.map((text) => `; ${text}`).join('')}`,
  ];
}
