// What every listener of the house serves to its operator: health, readiness, metrics.
import { healthAnswer, isHealthPath, type HealthChecks } from './health.js';
import { answer, problem, type Exchange } from './http.exchange.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

const METRICS_PATH = '/api/monitoring/metrics';

export interface Operations {
  health: HealthChecks;
  metrics: Metrics;
  logger: Logger;
  draining: () => boolean;
}

export const isOperatorPath = (path: string): boolean => isHealthPath(path) || path === METRICS_PATH;

/** Serves the exchange if it is an operator's. Resolves to whether it was. */
export async function serveOperator(exchange: Exchange, { health, metrics, logger, draining }: Operations): Promise<boolean> {
  const { path, method } = exchange;
  if (!isOperatorPath(path)) return false;
  exchange.route = path;
  if (method !== 'GET' && method !== 'HEAD') {
    answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers GET and HEAD only.', { allow: 'GET, HEAD' }));
  } else if (isHealthPath(path)) {
    answer(exchange, await healthAnswer(path, health, draining(), logger));
  } else {
    const { registry } = metrics;
    answer(exchange, { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() });
  }
  return true;
}
