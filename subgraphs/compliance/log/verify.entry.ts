// An entry as it lies in the table, and what it would have been sealed as. Whatever was written over it, judging it ends.
import { detailsHash, entryText, leafHash, type EntryDetails, type EntryFrame, type EntrySeal } from './entry.js';
import { tenantOf } from './stream.js';

export type EntryRow = EntryFrame & EntryDetails & EntrySeal & { position: number; salt: Buffer | null };

/** Null for what has no canonical form, such as an instant that no clock shows: it was never sealed so. */
export function leafOf(stream: string, row: EntryRow): Buffer | null {
  const text = canonical(() => entryText(tenantOf(stream), row, row));
  return text === null ? null : leafHash(text);
}

/** Whether the details are those that the entry commits to; not when they are erased, or have no canonical form, such as a number that no double holds. */
export const sealedDetails = (row: EntryRow): boolean => {
  const { salt } = row;
  return salt !== null && canonical(() => detailsHash(salt, row))?.equals(row.detailsHash) === true;
};

/** Canonicalization reads nothing but the row: when it throws, the row is why. */
function canonical<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
