// Text that people give to things and see again: one line, without control characters, not blank.
import { Matches, MaxLength } from 'class-validator';

/** Nor half a character (a lone surrogate), which JSON in the database does not take. */
const DISPLAY_TEXT = /^(?=.*\S)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u;

/** @param what begins the message, e.g. `A name` */
export const DisplayText = (what: string, most: number): PropertyDecorator => (target, key) => {
  Matches(DISPLAY_TEXT, { message: `${what} is one line of text, not blank.` })(target, key);
  MaxLength(most, { message: `${what} has at most ${most} characters.` })(target, key);
};
