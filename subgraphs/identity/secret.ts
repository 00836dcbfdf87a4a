// Secrets that only their holder knows: links, challenges, refresh tokens. 256 random bits, so that a fast hash is enough to keep them.
import { createHash, randomBytes } from 'node:crypto';

/** A secret, and how it is kept and looked up. */
export function newSecret(): { secret: string; hash: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, hash: secretHash(secret) };
}

export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');
