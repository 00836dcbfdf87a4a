// The listener of a process that serves nobody: health, readiness and metrics for whoever looks after it.
import { createServer } from 'node:http';
import type { HealthChecks } from '../../subgraphs/kernel/base/health.js';
import { Connections, listen, type Place } from '../../subgraphs/kernel/base/http.connections.js';
import { answer, openExchange, problem } from '../../subgraphs/kernel/base/http.exchange.js';
import { serveOperator } from '../../subgraphs/kernel/base/http.operations.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import type { Monitoring } from '../../subgraphs/kernel/base/monitoring.js';

export interface HealthServerOptions extends Place {
  health: HealthChecks;
  metrics: Metrics;
  monitoring: Monitoring;
  logger: Logger;
}

const DRAIN_MS = 5_000;

export async function serveHealth({ health, metrics, monitoring, logger, ...place }: HealthServerOptions): Promise<{ url: string; drain(): Promise<void> }> {
  let draining = false;
  const http = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 });
  const connections = new Connections(http);
  http.on('request', (request, response) => {
    const exchange = openExchange(request, response);
    const finished = metrics.httpRequests.startTimer();
    response.once('close', () => finished({ route: exchange.route, status: String(response.statusCode) }));
    serveOperator(exchange, { health, metrics, monitoring, logger, draining: () => draining }).then((served) => {
      if (!served) answer(exchange, problem(404, 'NOT_FOUND', 'This process serves health and metrics only.'));
    }, (error: unknown) => {
      logger.error({ err: error }, 'a health request failed');
      response.destroy();
    });
  });
  const { url } = await listen(http, place, logger);
  return {
    url,
    drain: async () => {
      draining = true;
      await connections.drain(DRAIN_MS);
    },
  };
}
