// Tells a transaction that had to give way to another one from one that failed: repeated whole, it comes through.

/** SQLSTATE serialization_failure and deadlock_detected: nothing of it is kept, and nothing is wrong with what was asked. */
const GAVE_WAY = new Set(['40001', '40P01']);
const DEPTH = 5;

/** True when `error`, or what caused it, is PostgreSQL having chosen this transaction among several that cannot all go on. */
export function hadToGiveWay(error: unknown, depth = DEPTH): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  const { code, cause, originalError } = error as Error & { code?: unknown; originalError?: unknown };
  return (typeof code === 'string' && GAVE_WAY.has(code)) || hadToGiveWay(cause, depth - 1) || hadToGiveWay(originalError, depth - 1);
}
