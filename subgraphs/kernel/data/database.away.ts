// Tells a database that cannot serve now from a statement that it would never serve: the first is worth another try later.

/** SQLSTATE classes: connection exception, insufficient resources, operator intervention (shutdown, recovery), system error. */
const AWAY_CLASS = /^(08|53|57P|58)/;
const AWAY_SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/** The driver's own words when a connection breaks under a statement or cannot be had; it gives them no code. */
const AWAY_WORDS = /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed)/;
const DEPTH = 5;

/** True when `error`, or what caused it, is the database being away, full or starting: nothing is wrong with what was asked. */
export function isDatabaseAway(error: unknown, depth = DEPTH): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  const { code, cause, originalError } = error as Error & { code?: unknown; originalError?: unknown };
  if (typeof code === 'string' && (AWAY_SYSTEM.has(code) || (code.length === 5 && AWAY_CLASS.test(code)))) return true;
  return AWAY_WORDS.test(error.message) || isDatabaseAway(cause, depth - 1) || isDatabaseAway(originalError, depth - 1);
}
