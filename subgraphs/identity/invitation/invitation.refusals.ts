// The expected "no"s of inviting and joining.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

export const alreadyMember = (field: readonly string[] | null): Refusal =>
  new Refusal('AlreadyMember', ErrorCode.WRONG_STATE, 'This address belongs to somebody who is here already.', field);

export const alreadyInvited = (): Refusal =>
  new Refusal('AlreadyInvited', ErrorCode.WRONG_STATE, 'This address is invited already: send the invitation again, or revoke it.', ['input', 'email']);

export const invitationNotFound = (): Refusal =>
  new Refusal('InvitationNotFound', ErrorCode.NOT_FOUND, 'There is no such invitation here.', ['input', 'invitationId']);

export const invitationEnded = (): Refusal =>
  new Refusal('InvitationEnded', ErrorCode.WRONG_STATE, 'This invitation was accepted or revoked, or a newer one took its place.', ['input', 'invitationId']);

/** Whoever holds the token reads the mailbox, so it may be said whether the address has an account. */
export const proofRequired = (accountExists: boolean): Refusal =>
  new Refusal(
    'InvitationProofRequired', ErrorCode.BAD_USER_INPUT,
    accountExists ? 'This address has an account: sign in with it, or give its password.' : 'Choose a password for the new account.',
    ['input', 'password'], { accountExists },
  );
