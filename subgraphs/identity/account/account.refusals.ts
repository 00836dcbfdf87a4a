// The expected "no"s of accounts. Each wording is the same whatever the cause, so that nothing can be probed with it.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

export const tokenInvalid = (): Refusal =>
  new Refusal('TokenInvalid', ErrorCode.TOKEN_INVALID, 'This link is unknown, used or expired: ask for a new one.', ['input', 'token']);

export const mailLimitReached = (): Refusal =>
  new Refusal('MailLimitReached', ErrorCode.LIMIT_REACHED, 'Several such mails were sent in the last hour: use the newest, or try later.');
