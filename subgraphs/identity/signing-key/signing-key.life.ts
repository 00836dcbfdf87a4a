// The life of a signing key: published, signing, verifying what it signed, retired.

const MINUTE = 60_000;

/** How long an access token lives: as long must its key verify. */
export const ACCESS_LIFETIME_MS = 10 * MINUTE;
/** How long others may keep the published set: `max-age` of the document. */
export const PUBLISHED_SET_MS = 5 * MINUTE;
/** How long a process of identity, and then a gateway, may work with what it has read. */
export const REREAD_MS = MINUTE;
/** A new key waits until everybody who keeps the set has read it anew. */
export const ACTIVATION_MS = PUBLISHED_SET_MS + 2 * REREAD_MS;
/** After its successor took over: a process that has not yet heard may sign a moment longer, and tokens live their time. */
export const VERIFYING_MS = ACCESS_LIFETIME_MS + REREAD_MS;

export type KeyState = 'PUBLISHED' | 'SIGNING' | 'VERIFYING' | 'RETIRED';

export interface KeyLife {
  kid: string;
  createdAt: Date;
  activatesAt: Date;
  retiredAt: Date | null;
}

/** The newest that may sign. */
export const signerAt = <Key extends KeyLife>(keys: readonly Key[], now: Date): Key | null =>
  keys.filter(({ activatesAt, retiredAt }) => retiredAt === null && activatesAt <= now)
    .toSorted((a, b) => b.activatesAt.getTime() - a.activatesAt.getTime() || (a.kid < b.kid ? 1 : -1))[0] ?? null;

export function stateAt(key: KeyLife, keys: readonly KeyLife[], now: Date): KeyState {
  if (key.retiredAt !== null) return 'RETIRED';
  if (key.activatesAt > now) return 'PUBLISHED';
  return signerAt(keys, now)?.kid === key.kid ? 'SIGNING' : 'VERIFYING';
}

/** When nobody can hold a living token of a superseded key any more; null while nothing has superseded it. */
export function verifiesUntil(key: KeyLife, keys: readonly KeyLife[]): Date | null {
  const successors = keys.filter((other) => other.retiredAt === null && other.kid !== key.kid && other.activatesAt >= key.activatesAt);
  const first = Math.min(...successors.map(({ activatesAt }) => activatesAt.getTime()));
  return Number.isFinite(first) ? new Date(first + VERIFYING_MS) : null;
}
