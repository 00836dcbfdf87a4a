// Expected outcomes as data: the `UserError` interface, its code enum and the member every mutation can return.
import 'reflect-metadata';
import { Directive, Field, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { ErrorCode, type Refusal } from '../base/errors.js';

const MEANINGS: Record<ErrorCode, string> = {
  UNAUTHENTICATED: 'Top level: no credential, or one that is no longer valid. Sign in.',
  FORBIDDEN: 'Top level: the caller is known and lacks a right; `extensions.permission` names it where there is one. `extensions.reason` is `TENANT_SUSPENDED` or `TENANT_DELETING` where the whole tenant is shut.',
  BAD_USER_INPUT: 'A value is malformed (top level) or not acceptable (in `userErrors`); `field` is its path.',
  NOT_FOUND: 'What was asked for does not exist, or not for this caller.',
  RATE_LIMITED: 'Too many calls (top level; `extensions.retryAfter` says for how many seconds to wait) or attempts (in `userErrors`). Wait and repeat.',
  MAINTENANCE: 'Top level: the tenant is under maintenance. The message is the tenant\'s own; `extensions.until` says when it ends, where that is known.',
  TOO_COSTLY: 'Top level: the document asks for more than one operation may. Ask for less at once.',
  INTERNAL: 'Top level: our fault. `extensions.reference` finds the cause in our logs.',
  INVALID_CREDENTIALS: 'The e-mail address and password do not open an account here.',
  TENANT_CHOICE_REQUIRED: 'The account belongs to several tenants: repeat with `tenantId`.',
  SESSION_EXPIRED: 'The refresh token is unknown, spent or expired. Sign in again.',
  IDEMPOTENCY_MISMATCH: 'The idempotency key was used before with another input.',
  CHANNEL_UNAVAILABLE: 'The channel cannot take a message now.',
  PASSWORD_UNACCEPTABLE: 'The new password is too short, or one that attackers try first.',
  TOKEN_INVALID: 'The code or link is unknown, used or expired. Ask for a new one.',
  MFA_REQUIRED: 'This needs a second factor.',
  MFA_CODE_INVALID: 'The code of the second factor is wrong, used or expired.',
  LAST_OWNER: 'A tenant keeps at least one active owner.',
  GRANT_REFUSED: 'Nobody grants, changes or takes away rights beyond their own.',
  NAME_TAKEN: 'The name is in use already.',
  WRONG_STATE: 'What it is asked of is not in a state that allows it.',
  LIMIT_REACHED: 'There may be no more of them. Remove one first.',
  QUOTA_EXCEEDED: 'The tier or plan of the tenant allows no more: `QuotaExceeded` says how much, until when, and what allows more.',
  FEATURE_NOT_IN_TIER: 'The tier of the tenant does not include this: `FeatureNotInTier` says which do.',
  TENANT_SUSPENDED: 'The tenant is suspended: nobody works in it until it is reactivated.',
  WINDOW_CLOSED: 'Too long since the customer wrote: only a template may be sent now. `WindowClosed` says since when.',
  TEMPLATE_MISMATCH: 'The template is not there, not approved, or takes other parameters: `TemplateMismatch` names the one.',
  RECIPIENT_OPTED_OUT: 'The customer does not want to be written to by this inbox.',
  SLOT_UNAVAILABLE: 'No table for the party is free then.',
  OUTSIDE_BOOKING_RULES: 'The venue takes no bookings for this time: `OutsideBookingRules` says why.',
};
registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'Every code a client can meet: in `userErrors`, or in `extensions.code` of a top-level error.',
  valuesConfig: Object.fromEntries(Object.entries(MEANINGS).map(([code, description]) => [code, { description }])),
});

@InterfaceType({
  description: 'An expected reason why a mutation did not happen. Nothing was changed.',
  resolveType: (value: { typename: string }) => value.typename,
  autoRegisterImplementations: false,
})
export abstract class UserError {
  @Field(() => String, { description: 'A sentence for a person.' })
  message!: string;

  @Field(() => ErrorCode, { description: 'The reason, for programs.' })
  code!: ErrorCode;

  @Field(() => [String], { nullable: true, description: 'Path of the offending value, from `input` down; null when no single value is at fault.' })
  field!: string[] | null;
}

@ObjectType({ implements: UserError, description: 'A value of the input is well-formed but not acceptable.' })
@Directive('@shareable')
export class InputInvalid extends UserError {}

/** The row a refusal becomes in `userErrors`. */
export const userErrorOf = (refusal: Refusal): Record<string, unknown> => ({
  ...refusal.extra,
  typename: refusal.typename,
  message: refusal.message,
  code: refusal.code,
  field: refusal.field,
});
