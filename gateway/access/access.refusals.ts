// How the gateway says that a credential does not hold, or that it cannot know.
import { GraphQLError } from 'graphql';
import { HeaderMap } from '@apollo/server';

const SESSION = {
  invalid: 'This access token is not valid: sign in again.',
  expired: 'This access token has expired: refresh it.',
  revoked: 'This session has ended: sign in again.',
};
const API_KEY = {
  invalid: 'This API key is not valid.',
  expired: 'This API key, or this secret of it, has expired.',
  revoked: 'This API key has been revoked.',
  address: 'This API key may not be used from this address.',
};
const AMBIGUOUS = 'Several different credentials were given: send one.';

/** HTTP 401: what was given does not hold, and is never taken for nothing. */
const unauthenticated = (message: string, reason: string): GraphQLError =>
  new GraphQLError(message, {
    extensions: {
      code: 'UNAUTHENTICATED', reason,
      http: { status: 401, headers: new HeaderMap([['www-authenticate', 'Bearer error="invalid_token"']]) },
    },
  });

export const tokenRefused = (reason: keyof typeof SESSION): GraphQLError => unauthenticated(SESSION[reason], reason);
export const keyRefused = (reason: keyof typeof API_KEY): GraphQLError => unauthenticated(API_KEY[reason], reason);
export const ambiguous = (): GraphQLError => unauthenticated(AMBIGUOUS, 'ambiguous');

/** Who calls, or what they may, cannot be known now: the call fails. HTTP 503. */
export class Unavailable extends GraphQLError {
  constructor(what: string, cause: unknown) {
    super(`${what} is unavailable`, {
      originalError: cause instanceof Error ? cause : new Error(String(cause)),
      extensions: { code: 'INTERNAL', http: { status: 503, headers: new HeaderMap([['retry-after', '1']]) } },
    });
  }
}

/** Identity does not answer: the call fails, it is not anonymous. */
export class AuthenticationUnavailable extends Unavailable {
  constructor(cause: unknown) {
    super('Authentication', cause);
  }
}

/** A credential does not hold, as opposed to nobody knowing. */
export const isRefusal = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError && error.extensions['code'] === 'UNAUTHENTICATED';
