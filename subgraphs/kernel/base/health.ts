// Health over HTTP: 200 when every check holds, 503 when one does not, each named.
import type { Logger } from './logger.js';
import { withDeadline } from './deadline.js';
import { json, type Answer } from './http.exchange.js';

const CHECK_MS = 5_000;

export interface Check {
  name: string;
  ok: boolean;
  detail?: string;
}

/** Given at composition, which alone knows what this process promised. */
export interface HealthChecks {
  /** Everything the ready line promises. */
  ready(): Promise<Check[]>;
  database(): Promise<Check[]>;
}

export const HEALTH_PATHS = ['/api/health', '/api/health/database', '/api/ready'] as const;
export type HealthPath = (typeof HEALTH_PATHS)[number];
export const isHealthPath = (path: string): path is HealthPath => HEALTH_PATHS.some((known) => known === path);

/** `/api/health`: all that is promised and the database; `/api/ready`: what is promised, and that no drain has begun. */
export async function healthAnswer(path: HealthPath, health: HealthChecks, draining: boolean, logger: Logger): Promise<Answer> {
  const ask = async (name: string, run: () => Promise<Check[]>): Promise<Check[]> => {
    try {
      return await withDeadline(run(), CHECK_MS, `the check of ${name}`);
    } catch (error) {
      logger.error({ err: error, check: name }, 'a health check failed to run');
      return [{ name, ok: false, detail: 'the check did not run' }];
    }
  };
  const checks = [
    ...(path === '/api/health/database' ? [] : await ask('ready', () => health.ready())),
    ...(path === '/api/ready' ? [] : await ask('database', () => health.database())),
    ...(path === '/api/ready' && draining ? [{ name: 'accepting', ok: false, detail: 'this process is shutting down' }] : []),
  ];
  const ok = checks.every((check) => check.ok);
  return json(ok ? 200 : 503, { status: ok ? 'ok' : 'failing', checks }, { 'cache-control': 'no-store' });
}
