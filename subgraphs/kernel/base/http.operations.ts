// What every listener of the house serves to its operator: liveness, readiness, health, metrics, performance, uptime.
import { healthAnswer, isHealthPath, type HealthChecks } from './health.js';
import { answer, json, problem, type Answer, type Exchange } from './http.exchange.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { mayRead } from './monitoring.access.js';
import { isMonitoringPath, type Monitoring, type MonitoringPath } from './monitoring.js';

export interface Operations {
  health: HealthChecks;
  metrics: Metrics;
  monitoring: Monitoring;
  logger: Logger;
  draining: () => boolean;
}

export const isOperatorPath = (path: string): boolean => isHealthPath(path) || isMonitoringPath(path);

/** Serves the exchange if it is an operator's. Resolves to whether it was. */
export async function serveOperator(exchange: Exchange, operations: Operations): Promise<boolean> {
  const { path, method, request } = exchange;
  const { health, monitoring, logger, draining } = operations;
  if (!isHealthPath(path) && !isMonitoringPath(path)) return false;
  exchange.route = path;
  const operator = mayRead(request, monitoring.token);
  if (method !== 'GET' && method !== 'HEAD') {
    answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers GET and HEAD only.', { allow: 'GET, HEAD' }));
  } else if (isHealthPath(path)) {
    answer(exchange, await healthAnswer({ path, draining: draining(), detailed: operator }, health, logger));
  } else {
    answer(exchange, operator ? await monitored(path, operations) : refusal(monitoring));
  }
  return true;
}

async function monitored(path: MonitoringPath, { metrics: { registry }, monitoring }: Operations): Promise<Answer> {
  const headers = { 'cache-control': 'no-store' };
  if (path === '/api/monitoring/performance') return json(200, await monitoring.performance(), headers);
  if (path === '/api/monitoring/uptime') return json(200, monitoring.uptime(), headers);
  monitoring.judge();
  return { status: 200, headers: { ...headers, 'content-type': registry.contentType }, body: await registry.metrics() };
}

const refusal = ({ token }: Monitoring): Answer => (token === undefined
  ? problem(403, 'FORBIDDEN', 'This path is for the operator of this process.')
  : problem(401, 'UNAUTHENTICATED', 'This path is for the operator of this process.', { 'www-authenticate': 'Bearer' }));
