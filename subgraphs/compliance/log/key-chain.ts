// Which keys are believed: the first, and each that a believed one has endorsed. A row in the table alone makes nobody a signer. Pure.
import { KEYS_ORIGIN, openNote, readCheckpoint, type Checkpoint } from './note.js';

export interface PublicLogKey {
  id: string;
  publicKey: Buffer;
  createdAt: Date;
  endorsedBy: string | null;
  /** The signed note in which the key before vouches for this one. */
  endorsement: string | null;
}

/** How a key stands in an endorsement: its algorithm and its bytes. */
export const endorsedKey = (publicKey: Uint8Array): string => Buffer.concat([Buffer.of(1), publicKey]).toString('base64');

const endorses = (by: PublicLogKey, { endorsedBy, endorsement, publicKey }: PublicLogKey): boolean =>
  endorsedBy === by.id && endorsement !== null && openNote(endorsement, KEYS_ORIGIN, by.publicKey)?.split('\n')[1] === endorsedKey(publicKey);

/** The chain of endorsements from the first key on, oldest first. */
export function keyChain(listed: readonly PublicLogKey[]): PublicLogKey[] {
  const chain: PublicLogKey[] = [];
  for (let next = listed.find(({ endorsedBy }) => endorsedBy === null); next;) {
    const last = next;
    chain.push(last);
    next = listed.find((key) => endorses(last, key));
  }
  return chain;
}

/** The checkpoint of a note that one of these keys has signed for this log; null: none has. */
export function openCheckpoint(keys: readonly PublicLogKey[], note: string, origin: string): Checkpoint | null {
  const text = keys.map(({ publicKey }) => openNote(note, origin, publicKey)).find((one) => one !== null) ?? null;
  const checkpoint = text === null ? null : readCheckpoint(text);
  return checkpoint?.origin === origin ? checkpoint : null;
}
