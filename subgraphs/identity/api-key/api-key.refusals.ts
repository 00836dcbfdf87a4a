// The expected "no"s of managing keys.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

const FIELD = ['input', 'apiKeyId'];

export const apiKeyNotFound = (): Refusal => new Refusal('ApiKeyNotFound', ErrorCode.NOT_FOUND, 'There is no such API key in your tenant.', FIELD);

export const apiKeyRevoked = (): Refusal => new Refusal('ApiKeyRevoked', ErrorCode.WRONG_STATE, 'This API key is revoked: make a new one.', FIELD);

/** Nobody hands out what they do not hold, neither by a scope nor by a new secret for it. */
export const scopesRefused = (scopes: readonly string[], field: readonly string[]): Refusal =>
  new Refusal('ScopesRefused', ErrorCode.GRANT_REFUSED, `You do not hold ${scopes.join(', ')} yourself.`, field, { scopes });
