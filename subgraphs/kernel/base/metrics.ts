// Process metrics in Prometheus form; one registry a process value, so that tests do not share counters.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export class Metrics {
  readonly registry = new Registry();
  readonly httpRequests = new Histogram({
    name: 'switchboard_http_request_seconds', help: 'Duration of HTTP requests', labelNames: ['route', 'status'],
    buckets: SECONDS, registers: [this.registry],
  });
  readonly graphqlOperations = new Histogram({
    name: 'switchboard_graphql_operation_seconds', help: 'Duration of GraphQL operations at the gateway',
    labelNames: ['type', 'outcome'], buckets: SECONDS, registers: [this.registry],
  });
  readonly subgraphFetches = new Histogram({
    name: 'switchboard_subgraph_fetch_seconds', help: 'Duration of subgraph operations', labelNames: ['subgraph'],
    buckets: SECONDS, registers: [this.registry],
  });
  readonly subgraphFailures = new Counter({
    name: 'switchboard_subgraph_failures_total', help: 'Calls of subgraphs that brought no answer',
    labelNames: ['subgraph', 'reason'], registers: [this.registry],
  });
  readonly jobs = new Histogram({
    name: 'switchboard_job_seconds', help: 'Duration of jobs', labelNames: ['job', 'outcome'], buckets: SECONDS,
    registers: [this.registry],
  });
  readonly relayed = new Counter({
    name: 'switchboard_relay_events_total', help: 'Events published by the relay', labelNames: ['schema'],
    registers: [this.registry],
  });
  readonly sockets = new Gauge({
    name: 'switchboard_sockets', help: 'Open WebSocket connections', registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
