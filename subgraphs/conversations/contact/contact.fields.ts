// What of a contact is acceptable.
import { invalidInput } from '../../kernel/base/errors.js';

const E164 = /^\+[1-9]\d{5,14}$/;
/** Something, an @, and a domain with a dot: whether mail arrives there, only mail can tell. */
const EMAIL = /^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/;

/** What is given; null: to be taken away. */
export interface ContactFields {
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  identifier?: string | null;
}

const clean = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);
const short = (text: string, most: number): boolean => clean(text) && [...text].length <= most;

/** @throws Refusal InputInvalid */
export function checkedFields(given: ContactFields): ContactFields {
  const take = (name: keyof ContactFields, what: string, isRight: (text: string) => boolean, form = (text: string): string => text): ContactFields => {
    const value = given[name];
    if (value === undefined) return {};
    const text = form((value ?? '').trim());
    if (text === '') return { [name]: null };
    if (!isRight(text)) throw invalidInput(what, ['input', name]);
    return { [name]: text };
  };
  return {
    ...take('name', 'A name has at most 200 characters, none of them a control character.', (text) => short(text, 200)),
    ...take('email', 'This is no e-mail address.', (text) => short(text, 254) && EMAIL.test(text), (text) => text.toLowerCase()),
    ...take('phone', 'A number is + and 6 to 15 digits (E.164).', (text) => E164.test(text)),
    ...take('identifier', 'An identifier has at most 200 characters, none of them a control character.', (text) => short(text, 200)),
  };
}
