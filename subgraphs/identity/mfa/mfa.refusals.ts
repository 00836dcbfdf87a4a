// The expected "no"s of second factors.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

export const CODE = ['input', 'code'] as const;

/** The same for a wrong, replayed or used code, and for an account without a second factor. */
export const mfaCodeInvalid = (field: readonly string[] = CODE): Refusal =>
  new Refusal('MfaCodeInvalid', ErrorCode.MFA_CODE_INVALID, 'This code is wrong, was used already or has expired: wait for the next one.', field);

export const mfaChallengeInvalid = (): Refusal =>
  new Refusal('MfaChallengeInvalid', ErrorCode.TOKEN_INVALID, 'This sign-in was completed or has expired: sign in again.', ['input', 'token']);

export const mfaAlreadyEnabled = (): Refusal =>
  new Refusal('MfaAlreadyEnabled', ErrorCode.WRONG_STATE, 'A second factor is in use already: disable it before setting up another.');

export const mfaNotEnabled = (): Refusal =>
  new Refusal('MfaNotEnabled', ErrorCode.WRONG_STATE, 'There is no second factor: set one up first.');

export const mfaRequired = (field: readonly string[] | null, message: string): Refusal =>
  new Refusal('MfaRequired', ErrorCode.MFA_REQUIRED, message, field);

export const wrongPassword = (field: readonly string[] = ['input', 'password']): Refusal =>
  new Refusal('InvalidCredentials', ErrorCode.INVALID_CREDENTIALS, 'The password is wrong.', field);
