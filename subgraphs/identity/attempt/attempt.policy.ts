// How often what may be tried, and under which keys it is counted.
import { blindIndex } from '../../kernel/crypto/blind-index.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long a network stays known after its person signed in from there. */
export const KNOWN_MS = 30 * 24 * HOUR;

/** What attempts are counted together: the subject from one network, the subject from anywhere, everything from one network. */
export type Tier = 'SUBJECT_AND_NETWORK' | 'SUBJECT' | 'NETWORK';

export interface Limit {
  tier: Tier;
  most: number;
  windowMs: number;
}

/**
 * By kind. The first limit of a kind locks; the wider ones are slower throttles against many networks or many subjects. An
 * attempt that succeeds is given back, so busy networks of honest people do not fill up.
 */
export const LIMITS = {
  /** A password at sign-in. Subject: the e-mail address, with or without an account. */
  LOGIN: [
    { tier: 'SUBJECT_AND_NETWORK', most: 5, windowMs: 15 * MINUTE },
    { tier: 'SUBJECT', most: 50, windowMs: HOUR },
    { tier: 'NETWORK', most: 100, windowMs: 15 * MINUTE },
  ],
  /** A password asked again of somebody signed in. Subject: the account. */
  PASSWORD: [{ tier: 'SUBJECT', most: 5, windowMs: 15 * MINUTE }],
  /** A code of the second factor; whoever gets so far knows the password. Subject: the account. */
  MFA_CODE: [{ tier: 'SUBJECT', most: 5, windowMs: 15 * MINUTE }],
  /** A mail to reset a password; never given back. Subject: the e-mail address. */
  PASSWORD_RESET: [
    { tier: 'SUBJECT', most: 3, windowMs: HOUR },
    { tier: 'NETWORK', most: 30, windowMs: HOUR },
  ],
  /** A registration, or its mail once more; never given back. Subject: the e-mail address, which has a limit of mails of its own. */
  REGISTRATION: [{ tier: 'NETWORK', most: 30, windowMs: HOUR }],
  /** A mail that invites; never given back. Subject: the tenant that sends it. An address has a limit of mails of its own. */
  INVITATION: [{ tier: 'SUBJECT', most: 100, windowMs: HOUR }],
} as const satisfies Record<string, readonly Limit[]>;

export type AttemptKind = keyof typeof LIMITS;

/** Kinds in which only the narrow limit counts for a subject from a network its person has signed in from. */
export const KNOWS_NETWORKS: ReadonlySet<AttemptKind> = new Set(['LOGIN']);

/** Under what attempts are counted: addresses and networks by their keyed hash, so that a copy of the database does not tell who was tried. */
export class AttemptKeys {
  constructor(private readonly key: Buffer) {}

  subject(subject: string): string {
    return blindIndex(this.key, 'subject', subject);
  }

  of(kind: AttemptKind, tier: Tier | 'KNOWN', subject: string, network: string): string {
    if (tier === 'SUBJECT') return blindIndex(this.key, kind, tier, subject);
    if (tier === 'NETWORK') return blindIndex(this.key, kind, tier, network);
    return blindIndex(this.key, kind, tier, subject, network);
  }
}
