// What a process knows about itself: times, memory, processor, event loop, pools, alerts, and how long it has been answering.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { systemClock, type Clock } from './clock.js';
import { HEALTH_PATHS } from './health.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import type { Labels } from './metrics.timer.js';
import { Alerts, type AlertState, type Thresholds } from './monitoring.alerts.js';
import { projectRoot } from './schema-files.js';

export const MONITORING_PATHS = ['/api/monitoring/metrics', '/api/monitoring/performance', '/api/monitoring/uptime'] as const;
export type MonitoringPath = (typeof MONITORING_PATHS)[number];
export const isMonitoringPath = (path: string): path is MonitoringPath => MONITORING_PATHS.some((known) => known === path);

const TICK_MS = 5_000;
const WINDOW_MS = 60_000;
/** A quantile of fewer says nothing. */
const FEWEST = 20;
const RESOLUTION_MS = 20;
const MIB = 1024 * 1024;
const OWN_ROUTES = new Set<string>([...HEALTH_PATHS, ...MONITORING_PATHS]);
const NO_THRESHOLDS: Thresholds = { apiP95Ms: 0, databaseP95Ms: 0, eventLoopMs: 0, rssMb: 0 };

export interface MonitoringOptions {
  metrics: Metrics;
  logger: Logger;
  clock?: Clock;
  /** Absent: nothing raises an alert. */
  thresholds?: Thresholds;
  /** The operator's; absent: whoever asks from this machine. */
  token?: string | undefined;
}

export class Monitoring {
  readonly token: string | undefined;
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #alerts: Alerts;
  readonly #startedAt: Date;
  readonly #started = performance.now();
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #previousDelay = 0;
  #window: number;
  #cpu = { usage: process.cpuUsage(), at: performance.now() };
  #tick: NodeJS.Timeout | null = null;

  constructor({ metrics, logger, clock = systemClock, thresholds = NO_THRESHOLDS, token }: MonitoringOptions) {
    this.token = token;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#alerts = new Alerts(thresholds, metrics, logger, clock);
    this.#startedAt = clock.now();
    this.#window = clock.now().getTime();
  }

  /** From now on judges by itself, not only when it is read. */
  start(): this {
    this.#delay.enable();
    this.#tick ??= setInterval(() => this.judge(), TICK_MS).unref();
    return this;
  }

  stop(): void {
    this.#delay.disable();
    if (this.#tick) clearInterval(this.#tick);
    this.#tick = null;
  }

  judge(): AlertState[] {
    this.#turnWindow();
    const api = this.#metrics.httpRequests.recent(isServed);
    const database = this.#metrics.statements.recent();
    return this.#alerts.judge({
      apiP95Ms: api.count < FEWEST ? null : api.summary().p95,
      databaseP95Ms: database.count < FEWEST ? null : database.summary().p95,
      eventLoopMs: Math.max(this.#previousDelay, this.#lateness(99)),
      rssMb: rounded(process.memoryUsage.rss() / MIB),
    });
  }

  /** Durations in milliseconds, memory in bytes. */
  async performance(): Promise<object> {
    const alerts = this.judge();
    const { httpRequests, statements, timers, pools } = this.#metrics;
    return {
      status: alerts.some(({ raised }) => raised) ? 'alert' : 'ok',
      alerts,
      api: { ...httpRequests.total(isServed).summary(), recent: httpRequests.recent(isServed).summary() },
      database: { ...statements.total().summary(), recent: statements.recent().summary() },
      timers: Object.fromEntries(Object.entries(timers).map(([name, timer]) => [name, timer.summaries()])),
      memory: process.memoryUsage(),
      cpu: this.#processor(),
      eventLoop: {
        p50: this.#lateness(50), p99: this.#lateness(99), max: rounded(Math.max(0, this.#delay.max / 1e6 - RESOLUTION_MS)),
        utilization: rounded(performance.eventLoopUtilization().utilization),
      },
      pools: [...pools].map(([name, { totalCount, idleCount, waitingCount }]) =>
        ({ name, busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount })),
      custom: await this.#custom(),
    };
  }

  uptime(): object {
    const answered = this.#metrics.httpRequests.total((labels) => isServed(labels) && !hasFailed(labels)).count;
    const failed = this.#metrics.httpRequests.total((labels) => isServed(labels) && hasFailed(labels)).count;
    return {
      startedAt: this.#startedAt.toISOString(), seconds: rounded((performance.now() - this.#started) / 1e3), version: version(),
      // Of what was asked; nothing asked tells nothing.
      availability: { answered, failed, ratio: answered + failed === 0 ? null : answered / (answered + failed) },
    };
  }

  #turnWindow(): void {
    const now = this.#clock.now().getTime();
    const windows = Math.floor((now - this.#window) / WINDOW_MS);
    if (windows < 1) return;
    this.#window += windows * WINDOW_MS;
    this.#previousDelay = windows === 1 ? this.#lateness(99) : 0;
    this.#delay.reset();
    for (const timer of Object.values(this.#metrics.timers)) for (let turn = 0; turn < Math.min(windows, 2); turn += 1) timer.rotate();
  }

  /** The histogram holds the whole distance between two turns, which is the resolution when none is late. */
  #lateness(percentile: number): number {
    return this.#delay.count === 0 ? 0 : rounded(Math.max(0, this.#delay.percentile(percentile) / 1e6 - RESOLUTION_MS));
  }

  /** `percent` of one processor since the last time it was asked. */
  #processor(): object {
    const usage = process.cpuUsage();
    const at = performance.now();
    const spent = usage.user + usage.system - this.#cpu.usage.user - this.#cpu.usage.system;
    const percent = rounded((spent / 1e3 / Math.max(at - this.#cpu.at, 1)) * 100);
    this.#cpu = { usage, at };
    return { userSeconds: usage.user / 1e6, systemSeconds: usage.system / 1e6, percent };
  }

  /** Every counter and gauge of ours, and whatever else a part has registered. */
  async #custom(): Promise<object[]> {
    const all = await this.#metrics.registry.getMetricsAsJSON();
    return all.filter(({ name, type }) => !/^(process|nodejs)_/.test(name) && ['counter', 'gauge'].includes(String(type)))
      .flatMap(({ name, values }) => values.map(({ labels, value }) => ({ name, labels, value })));
  }
}

const isServed = ({ route = '' }: Labels): boolean => !OWN_ROUTES.has(route);
const hasFailed = ({ status = '' }: Labels): boolean => status.startsWith('5');
const rounded = (value: number): number => Math.round(value * 1e3) / 1e3;

let known: string | undefined;
const version = (): string =>
  (known ??= (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version);
