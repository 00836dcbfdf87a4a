// The expected "no"s of suspending, reactivating and removing people.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

const FIELD = ['input', 'userId'];

export const userStateWrong = (message: string): Refusal => new Refusal('UserStateWrong', ErrorCode.WRONG_STATE, message, FIELD);

export const notOneself = (): Refusal => new Refusal('UserIsYourself', ErrorCode.WRONG_STATE, 'Nobody does this to themselves. Ask a colleague.', FIELD);
