// Words that somebody gave: not blank, not too long, and such as can be stored.
import { invalidInput } from '../../kernel/base/errors.js';

export type Path = readonly string[];

/** @param what begins the message, e.g. `The text` @throws Refusal InputInvalid */
export function checked(words: string, what: string, most: number, field: Path): string {
  if (words.trim() === '') throw invalidInput(`${what} is empty.`, field);
  if (words.length > most) throw invalidInput(`${what} has ${words.length} characters; ${most} is the most.`, field);
  if (words.includes('\0') || !words.isWellFormed()) throw invalidInput(`${what} holds characters that cannot be stored.`, field);
  return words;
}

export const checkedOrNull = (words: string | null | undefined, what: string, most: number, field: Path): string | null =>
  words === null || words === undefined ? null : checked(words, what, most, field);
