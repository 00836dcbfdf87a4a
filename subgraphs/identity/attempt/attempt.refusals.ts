// The one answer to somebody who tried too often.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

/** Says the same of accounts that do not exist: it tells how often somebody tried, and of whom nothing. */
export const tooManyAttempts = (retryAt: Date): Refusal =>
  new Refusal('TooManyAttempts', ErrorCode.RATE_LIMITED, 'Too many attempts: wait until retryAt and try again.', ['input'], { retryAt });
