// Process metrics in Prometheus form; one registry a process value, so that tests do not share counters.
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { Timer } from './metrics.timer.js';

/** What a pool of connections tells about itself. */
export interface WatchedPool {
  readonly totalCount: number;
  readonly idleCount: number;
  /** Who waits for a connection. */
  readonly waitingCount: number;
}

export class Metrics {
  readonly registry = new Registry();
  readonly httpRequests = this.#timer('switchboard_http_request_seconds', 'Duration of HTTP requests', ['route', 'status']);
  readonly graphqlOperations = this.#timer('switchboard_graphql_operation_seconds', 'Duration of GraphQL operations at the gateway', ['type', 'outcome']);
  readonly subgraphFetches = this.#timer('switchboard_subgraph_fetch_seconds', 'Duration of subgraph operations', ['subgraph']);
  readonly statements = this.#timer('switchboard_database_statement_seconds', 'Duration of database statements', ['database', 'statement']);
  readonly jobs = this.#timer('switchboard_job_seconds', 'Duration of jobs', ['job', 'outcome']);
  readonly subgraphFailures = new Counter({
    name: 'switchboard_subgraph_failures_total', help: 'Calls of subgraphs that brought no answer',
    labelNames: ['subgraph', 'reason'], registers: [this.registry],
  });
  readonly relayed = new Counter({
    name: 'switchboard_relay_events_total', help: 'Events published by the relay', labelNames: ['schema'],
    registers: [this.registry],
  });
  readonly sockets = new Gauge({
    name: 'switchboard_sockets', help: 'Open WebSocket connections', registers: [this.registry],
  });
  readonly liveSubscriptions = new Gauge({
    name: 'switchboard_live_subscriptions', help: 'Live subscriptions that stand, over sockets and HTTP', registers: [this.registry],
  });
  readonly liveResults = new Counter({
    name: 'switchboard_live_results_total', help: 'Results told to subscribers, over sockets and HTTP', registers: [this.registry],
  });
  readonly jobsRunning = new Gauge({
    name: 'switchboard_jobs_running', help: 'Jobs that this process runs now', labelNames: ['job'], registers: [this.registry],
  });
  readonly alerts = new Gauge({
    name: 'switchboard_alert', help: '1 while a threshold is exceeded', labelNames: ['name'], registers: [this.registry],
  });
  readonly #pools = new Map<string, WatchedPool>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    const pools = this.#pools;
    new Gauge({
      name: 'switchboard_pool_connections', help: 'Connections of a database pool, and who waits for one', labelNames: ['pool', 'state'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [pool, { totalCount, idleCount, waitingCount }] of pools) {
          this.set({ pool, state: 'busy' }, totalCount - idleCount);
          this.set({ pool, state: 'idle' }, idleCount);
          this.set({ pool, state: 'waiting' }, waitingCount);
        }
      },
    });
  }

  /** @returns what ends it */
  watchPool(name: string, pool: WatchedPool): () => void {
    this.#pools.set(name, pool);
    return () => { this.#pools.delete(name); };
  }

  get pools(): ReadonlyMap<string, WatchedPool> {
    return this.#pools;
  }

  /** By what they measure. */
  get timers(): Readonly<Record<'http' | 'graphql' | 'subgraph' | 'database' | 'job', Timer>> {
    return { http: this.httpRequests, graphql: this.graphqlOperations, subgraph: this.subgraphFetches, database: this.statements, job: this.jobs };
  }

  #timer<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Timer<Label> {
    return new Timer({ name, help, labelNames, registry: this.registry });
  }
}
