// Custom attributes of a contact or a conversation: flat, named, typed, and bounded by what their column takes.
import { invalidInput } from '../../kernel/base/errors.js';

/** By name. */
export type Attributes = Record<string, string | number | boolean>;

/** At most one of the values; none takes the attribute away. */
export interface AttributeGiven {
  name: string;
  text?: string | null;
  number?: number | null;
  flag?: boolean | null;
}

export const MOST_ATTRIBUTES = 50;
/** What the column takes, as PostgreSQL writes it. */
const MOST_BYTES = 65_536;
/** The longest number, written out: 5e-324. */
const NUMBER_BYTES = 350;
const LONGEST_TEXT = 500;
const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const FIELD = ['input', 'attributes'];

const isText = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text.replaceAll(/[\n\t]/g, ' ')) && [...text].length <= LONGEST_TEXT;

/** At least as many as the column counts: quotes, a colon and a comma stand around each. */
const bytesOf = (name: string, value: string | number | boolean | undefined): number => name.length + 6 + (typeof value === 'number' ? NUMBER_BYTES : Buffer.byteLength(JSON.stringify(value ?? '')));
const bytesOfAll = (attributes: Attributes): number => Object.entries(attributes).reduce((sum, [name, value]) => sum + bytesOf(name, value), 2);

/** Those there were, with the named ones changed. @param whose for the words of a refusal @throws Refusal InputInvalid */
export function withAttributes(before: Attributes, given: readonly AttributeGiven[], whose: string): Attributes {
  const after = new Map(Object.entries(before));
  given.forEach(({ name, text, number, flag }, index) => {
    const field = [...FIELD, String(index)];
    if (!NAME.test(name)) throw invalidInput('An attribute is named by at most 40 lower case letters, digits and underscores, beginning with a letter.', [...field, 'name']);
    const values = [text, number, flag].filter((value) => value !== null && value !== undefined);
    if (values.length > 1) throw invalidInput('An attribute has one value: give one of text, number and flag.', field);
    const [value] = values;
    if (typeof value === 'string' && !isText(value)) throw invalidInput(`A text has at most ${LONGEST_TEXT} characters.`, [...field, 'text']);
    if (value === undefined) after.delete(name);
    else after.set(name, value);
  });
  // A merge may have brought more together.
  if (after.size > Math.max(MOST_ATTRIBUTES, Object.keys(before).length)) throw invalidInput(`${whose} has at most ${MOST_ATTRIBUTES} attributes.`, FIELD);
  const all = Object.fromEntries(after);
  if (bytesOfAll(all) > Math.max(MOST_BYTES, bytesOfAll(before))) throw invalidInput(`The attributes of ${whose.toLowerCase()} have at most 64 KiB together.`, FIELD);
  return all;
}

/** Names of those that the one does not have and the other has, as many as there is room for. */
export function lackedBy(one: Attributes, other: Attributes): string[] {
  let room = MOST_BYTES - bytesOfAll(one);
  return Object.keys(other).toSorted().filter((name) => {
    const bytes = bytesOf(name, other[name]);
    if (Object.hasOwn(one, name) || bytes > room) return false;
    room -= bytes;
    return true;
  });
}

/** As the graph shows them, by name. */
export const shownAttributes = (attributes: Attributes): { name: string; text: string | null; number: number | null; flag: boolean | null }[] =>
  Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({
    name, text: typeof value === 'string' ? value : null, number: typeof value === 'number' ? value : null, flag: typeof value === 'boolean' ? value : null,
  }));
