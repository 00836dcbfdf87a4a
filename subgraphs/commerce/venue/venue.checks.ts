// What people write of venues and bookings, in the form that is kept.
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { minutesOf } from './wall.js';
import type { Stay } from './venue.entity.js';

export const MOST_PARTY = 1_000;

/** @throws Refusal InputInvalid */
export function nameOf(text: string, field: readonly string[], most = 100): string {
  const name = text.trim().normalize('NFC');
  if (name === '' || [...name].length > most || /\p{Cc}/u.test(name) || !name.isWellFormed()) throw invalidInput(`This is 1 to ${most} characters in one line.`, field);
  return name;
}

/** Several lines are fine; blank is none. @throws Refusal InputInvalid */
export function textOf(text: string | null | undefined, field: readonly string[], most = 1_000): string | null {
  const kept = (text ?? '').trim();
  if (kept === '') return null;
  if ([...kept].length > most || kept.includes('\0') || !kept.isWellFormed()) throw invalidInput(`This is at most ${most} characters.`, field);
  return kept;
}

/** @throws Refusal InputInvalid */
export function wholeOf(value: number, least: number, most: number, field: readonly string[]): number {
  if (!Number.isInteger(value) || value < least || value > most) throw invalidInput(`This is a whole number from ${least} to ${most}.`, field);
  return value;
}

/** @throws Refusal InputInvalid */
export function partyOf(minParty: number, maxParty: number): { minParty: number; maxParty: number } {
  wholeOf(minParty, 1, MOST_PARTY, ['input', 'minParty']);
  wholeOf(maxParty, minParty, MOST_PARTY, ['input', 'maxParty']);
  return { minParty, maxParty };
}

/** @throws Refusal InputInvalid */
export function staysOf(stays: readonly Stay[]): Stay[] {
  const field = ['input', 'stays'];
  if (stays.length === 0 || stays.length > 20) throw invalidInput('Name 1 to 20 stays.', field);
  for (const { upTo, minutes } of stays) {
    wholeOf(upTo, 1, MOST_PARTY, [...field, 'upTo']);
    wholeOf(minutes, 5, 1_440, [...field, 'minutes']);
  }
  const sorted = stays.map(({ upTo, minutes }) => ({ upTo, minutes })).toSorted((a, b) => a.upTo - b.upTo);
  if (new Set(sorted.map(({ upTo }) => upTo)).size < sorted.length) throw invalidInput('Each stay is of another size of party.', [...field, 'upTo']);
  return sorted;
}

export interface Hours {
  opens: number;
  closes: number;
}

/** Hours of one day, as clock times; what closes at or before it opens closes the day after. @throws Refusal InputInvalid */
export function hoursOf({ opens, closes }: { opens: string; closes: string }, field: readonly string[]): Hours {
  const [from, to] = [minutesOf(opens), minutesOf(closes)];
  if (from === null) throw invalidInput('This is a time of day, e.g. 18:30.', [...field, 'opens']);
  if (to === null) throw invalidInput('This is a time of day, e.g. 23:00.', [...field, 'closes']);
  return { opens: from, closes: to > from ? to : to + 1_440 };
}

export const venueNotFound = (field: readonly string[] = ['input', 'venueId']): Refusal => new Refusal('VenueNotFound', ErrorCode.NOT_FOUND, 'There is no such venue in use.', field);
export const placeNotFound = (what: string, field: readonly string[]): Refusal => new Refusal('PlaceNotFound', ErrorCode.NOT_FOUND, `There is no such ${what} at this venue.`, field);

/** What PostgreSQL says of a constraint; null when it is about something else. */
export const constraintOf = (error: unknown): { code: string; constraint: string } | null => {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return typeof code === 'string' && code.startsWith('23') ? { code, constraint: typeof constraint === 'string' ? constraint : '' } : null;
};

/** Runs a write whose name may be in use. @throws Refusal PlaceNameTaken */
export async function named<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (constraintOf(error)?.code !== '23505') throw error;
    throw new Refusal('PlaceNameTaken', ErrorCode.NAME_TAKEN, 'Another one in use at this venue has this name.', ['input', 'name']);
  }
}
