// The expected "no"s of giving and taking roles.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

export const notGranted = (): Refusal =>
  new Refusal('NotGranted', ErrorCode.WRONG_STATE, 'This person does not hold this role.', ['input', 'roleId']);

export const userLeft = (): Refusal =>
  new Refusal('UserStateWrong', ErrorCode.WRONG_STATE, 'This person has left. Invite them again.', ['input', 'userId']);
