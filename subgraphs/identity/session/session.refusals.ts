// The expected "no"s of signing in. Each wording is the same whatever the cause, so that nothing can be probed with it.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';

export const invalidCredentials = (): Refusal =>
  new Refusal(
    'InvalidCredentials', ErrorCode.INVALID_CREDENTIALS, 'The e-mail address or the password is wrong.', ['input', 'password'],
  );

/** @param among what the account belongs to, with names where they are known */
export const tenantChoiceRequired = (homes: readonly string[], among: readonly { tenantId: string; name: string | null }[]): Refusal =>
  new Refusal(
    'TenantChoiceRequired', ErrorCode.TENANT_CHOICE_REQUIRED,
    'This account belongs to several tenants: say which one in tenantId.',
    ['input', 'tenantId'], {
      tenantIds: homes.map((home) => encodeId('tnt', home)),
      tenants: among.filter(({ tenantId }) => homes.includes(tenantId)).map(({ tenantId, name }) => ({ id: encodeId('tnt', tenantId), name })),
    },
  );

export const notAMember = (): Refusal =>
  new Refusal('InputInvalid', ErrorCode.BAD_USER_INPUT, 'You are no active member of this tenant.', ['input', 'tenantId']);

export const signedInTooLongAgo = (): Refusal =>
  new Refusal('SessionExpired', ErrorCode.SESSION_EXPIRED, 'You signed in longer ago than that tenant allows: sign in there.', ['input', 'tenantId']);

export const sessionExpired = (): Refusal =>
  new Refusal('SessionExpired', ErrorCode.SESSION_EXPIRED, 'This session has ended: sign in again.', ['input', 'refreshToken']);
