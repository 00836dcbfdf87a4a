// What can go wrong, as published codes: top-level errors for a caller's fault or ours, refusals for expected outcomes.
import { GraphQLError } from 'graphql';

/** Codes of top-level errors. `INTERNAL` is masked and carries a `reference` that is in the log. */
export const TOP_LEVEL_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'RATE_LIMITED',
  'MAINTENANCE',
  'TOO_COSTLY',
  'INTERNAL',
] as const;
export type TopLevelCode = (typeof TOP_LEVEL_CODES)[number];

/** Every code a client can meet, top level or in `userErrors`. Published as the enum `ErrorCode`. */
export enum ErrorCode {
  UNAUTHENTICATED = 'UNAUTHENTICATED',
  FORBIDDEN = 'FORBIDDEN',
  BAD_USER_INPUT = 'BAD_USER_INPUT',
  NOT_FOUND = 'NOT_FOUND',
  RATE_LIMITED = 'RATE_LIMITED',
  MAINTENANCE = 'MAINTENANCE',
  TOO_COSTLY = 'TOO_COSTLY',
  INTERNAL = 'INTERNAL',
  INVALID_CREDENTIALS = 'INVALID_CREDENTIALS',
  TENANT_CHOICE_REQUIRED = 'TENANT_CHOICE_REQUIRED',
  SESSION_EXPIRED = 'SESSION_EXPIRED',
  IDEMPOTENCY_MISMATCH = 'IDEMPOTENCY_MISMATCH',
  CHANNEL_UNAVAILABLE = 'CHANNEL_UNAVAILABLE',
  PASSWORD_UNACCEPTABLE = 'PASSWORD_UNACCEPTABLE',
  TOKEN_INVALID = 'TOKEN_INVALID',
  MFA_REQUIRED = 'MFA_REQUIRED',
  MFA_CODE_INVALID = 'MFA_CODE_INVALID',
  LAST_OWNER = 'LAST_OWNER',
  GRANT_REFUSED = 'GRANT_REFUSED',
  NAME_TAKEN = 'NAME_TAKEN',
  WRONG_STATE = 'WRONG_STATE',
  LIMIT_REACHED = 'LIMIT_REACHED',
  QUOTA_EXCEEDED = 'QUOTA_EXCEEDED',
  FEATURE_NOT_IN_TIER = 'FEATURE_NOT_IN_TIER',
  TENANT_SUSPENDED = 'TENANT_SUSPENDED',
  WINDOW_CLOSED = 'WINDOW_CLOSED',
  TEMPLATE_MISMATCH = 'TEMPLATE_MISMATCH',
  RECIPIENT_OPTED_OUT = 'RECIPIENT_OPTED_OUT',
  SLOT_UNAVAILABLE = 'SLOT_UNAVAILABLE',
  OUTSIDE_BOOKING_RULES = 'OUTSIDE_BOOKING_RULES',
}

const topLevel = (code: TopLevelCode, message: string, extra: Record<string, unknown> = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...extra } });

export const unauthenticated = (message = 'Sign in first: this needs an access token or API key.'): GraphQLError =>
  topLevel('UNAUTHENTICATED', message);
/** A call of a subgraph that nobody it trusts has signed. */
export const unsigned = (): GraphQLError => unauthenticated('This call carries no valid signed actor.');
export const forbidden = (permission?: string): GraphQLError =>
  topLevel(
    'FORBIDDEN',
    permission ? `This needs the permission ${permission}.` : 'You may not do this.',
    permission ? { permission } : {},
  );
const CLOSED = {
  SUSPENDED: 'This tenant is suspended. Ask the support to reactivate it.',
  DELETING: 'This tenant is being deleted. An owner can still cancel that.',
};
/** The tenant is shut to its people and keys, whatever they may do in it. */
export const tenantClosed = (closed: keyof typeof CLOSED): GraphQLError =>
  topLevel('FORBIDDEN', CLOSED[closed], { reason: `TENANT_${closed}` });
export const notFound = (what: string): GraphQLError => topLevel('NOT_FOUND', `${what} was not found.`);

/** A malformed argument. `field` is the path from the argument down, e.g. `['input', 'conversationId']`. */
export const badInput = (message: string, field: readonly string[]): GraphQLError =>
  topLevel('BAD_USER_INPUT', message, { field });

/** The top-level code of an error, `null` when it carries none of the published ones. */
export function codeOf(error: unknown): TopLevelCode | null {
  const code = error instanceof GraphQLError ? error.extensions['code'] : null;
  return TOP_LEVEL_CODES.find((known) => known === code) ?? null;
}

/**
 * An expected "no" of a mutation. Thrown inside a unit of work it rolls the change back and becomes one entry of the
 * payload's `userErrors`. `typename` names the GraphQL member type; `extra` holds that type's own fields.
 */
export class Refusal extends Error {
  constructor(
    readonly typename: string,
    readonly code: ErrorCode,
    message: string,
    readonly field: readonly string[] | null = null,
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** Input that is well-formed but not acceptable, as data. */
export const invalidInput = (message: string, field: readonly string[]): Refusal =>
  new Refusal('InputInvalid', ErrorCode.BAD_USER_INPUT, message, field);
