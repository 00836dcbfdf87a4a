// Health over HTTP: 200 when every check holds, 503 when one does not, each named for whoever may know.
import type { Logger } from './logger.js';
import { DeadlineExceeded, withDeadline } from './deadline.js';
import { json, type Answer } from './http.exchange.js';

const CHECK_MS = 5_000;

export interface Check {
  name: string;
  ok: boolean;
  detail?: string;
  milliseconds?: number;
}

/** Given at composition, which alone knows what this process promised. */
export interface HealthChecks {
  /** Everything the ready line promises. */
  ready(): Promise<Check[]>;
  database(): Promise<Check[]>;
  /** Absent: this process uses none. */
  redis?(): Promise<Check[]>;
  /** What others run. Absent: this process knows of none. */
  external?(): Promise<Check[]>;
}

export const HEALTH_PATHS = ['/api/live', '/api/ready', '/api/health', '/api/health/database', '/api/health/redis', '/api/health/external'] as const;
export type HealthPath = (typeof HEALTH_PATHS)[number];
export const isHealthPath = (path: string): path is HealthPath => HEALTH_PATHS.some((known) => known === path);

type Part = keyof HealthChecks;
/** What others run is no part of the whole: restarting this process would not mend it. */
const PARTS: Readonly<Record<HealthPath, readonly Part[]>> = {
  '/api/live': [], '/api/ready': ['ready'], '/api/health': ['ready', 'database', 'redis'],
  '/api/health/database': ['database'], '/api/health/redis': ['redis'], '/api/health/external': ['external'],
};

export interface HealthQuestion {
  path: HealthPath;
  draining: boolean;
  /** Whether the one who asks may know more than the sum. */
  detailed: boolean;
}

/** `/api/live`: the event loop turns; `/api/ready`: what is promised, and that no drain has begun; the others: what they say. */
export async function healthAnswer({ path, draining, detailed }: HealthQuestion, health: HealthChecks, logger: Logger): Promise<Answer> {
  const ask = async (part: Part): Promise<Check[]> => {
    const began = performance.now();
    const run = health[part]?.bind(health);
    if (!run) return [{ name: part, ok: true, detail: 'not configured', milliseconds: 0 }];
    try {
      const checks = await withDeadline(run(), CHECK_MS, `the check of ${part}`);
      const milliseconds = since(began);
      return checks.map((check) => ({ milliseconds, ...check }));
    } catch (error) {
      logger.error({ err: error, check: part }, 'a health check failed to run');
      return [{ name: part, ok: false, detail: 'the check did not run', milliseconds: since(began) }];
    }
  };
  const checks = (await Promise.all(PARTS[path].map(ask))).flat();
  if (path === '/api/ready' && draining) checks.push({ name: 'accepting', ok: false, detail: 'this process is shutting down' });
  const ok = checks.every((check) => check.ok);
  return json(ok ? 200 : 503, { status: ok ? 'ok' : 'failing', ...(detailed ? { checks } : {}) }, { 'cache-control': 'no-store' });
}

/** One check by trying: it holds when `run` resolves in time, and says why it does not by a code that holds no address and no secret. */
export async function tried(name: string, run: () => Promise<unknown>, deadline = CHECK_MS - 500): Promise<Check> {
  const began = performance.now();
  try {
    await withDeadline(run(), deadline, name);
    return { name, ok: true, milliseconds: since(began) };
  } catch (error) {
    return { name, ok: false, detail: reasonOf(error), milliseconds: since(began) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DeadlineExceeded) return 'no answer in time';
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? `failed (${code})` : 'failed';
}

/** Many who ask at once or soon after get one outcome: asking often costs what lies behind nothing. */
export function shared<T>(milliseconds: number, run: () => Promise<T>): () => Promise<T> {
  let last: { outcome: Promise<T>; until: number } | null = null;
  return () => {
    if (last && performance.now() < last.until) return last.outcome;
    const mine = { outcome: run(), until: Infinity };
    const settled = (): void => { mine.until = performance.now() + milliseconds; };
    mine.outcome.then(settled, settled);
    last = mine;
    return mine.outcome;
  };
}

const since = (began: number): number => Math.round((performance.now() - began) * 1e3) / 1e3;
