// The one error of the embedded server: a sentence that tells an operator what is wrong and where.

/** PostgreSQL could not be started, adopted or stopped; the message is meant to be shown as it is. */
export class PostgresStartError extends Error {
  override readonly name = 'PostgresStartError';
}

/** The `code` of a system or database error (`ENOENT`, `28P01`), or an empty string. */
export function codeOf(error: unknown): string {
  // Not instanceof: a test runner's sandbox has an Error of its own.
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What an error says of itself. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not read or write there',
  EPERM: 'this user is not allowed to do that there',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the path is too long',
};

/** Turns what went wrong while doing `what` into a PostgresStartError of one sentence; such an error passes unchanged. */
export function asStartError(what: string, error: unknown): PostgresStartError {
  if (error instanceof PostgresStartError) return error;
  const detail = messageOf(error);
  const reason = reasons[codeOf(error)] ?? (/no space left on device/i.test(detail) ? reasons.ENOSPC : undefined);
  return new PostgresStartError(`${what}: ${reason === undefined ? detail : `${reason} (${detail})`}`, { cause: error });
}
