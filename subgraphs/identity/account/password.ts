// Password hashing: argon2id with 19 MiB, two passes, one lane (OWASP), never inside a transaction.
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { Turns } from './password.turns.js';

export const PASSWORD_PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Hashes run in the four threads that also verify tokens and read files: many sign-ins at once must not keep those waiting. */
const turns = new Turns(Math.max(1, availableParallelism() - 1));

/** Hash of a random value nobody knows: an unknown account costs the same time as a known one. */
export const UNKNOWN_ACCOUNT_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$DgN3e7m84U9RtB6Dx6xANA$tVj8LcapuyWOSJGN3SyWicHLdXDL8x+fiRrdUzThuM8';

/** Keyboards write the same character as one code point or as several: NFC is the one form that is compared. */
export const normalPassword = (password: string): string => password.normalize('NFC');

/** argon2id is the library's default algorithm. */
export const hashPassword = (password: string): Promise<string> =>
  turns.take(() => hash(normalPassword(password), PASSWORD_PARAMETERS));

/** Whether a hash was made with other parameters than today's. */
export function needsRehash(passwordHash: string): boolean {
  const { memoryCost, timeCost, parallelism } = PASSWORD_PARAMETERS;
  return !passwordHash.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`);
}

/** @param passwordHash null when there is no such account: the same work, and false */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  const matches = await turns.take(() => verify(passwordHash ?? UNKNOWN_ACCOUNT_HASH, normalPassword(password)));
  return passwordHash !== null && matches;
}
