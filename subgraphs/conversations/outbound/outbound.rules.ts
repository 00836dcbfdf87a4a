// When a refused message is tried again, as data.
import type { RefusalClass } from '../channel/channel.port.js';

/** While an attempt is younger than this, later messages of its conversation wait for it. One with a file of 100 MB takes up to 215 seconds. */
export const LEASE_MS = 30_000;
export const MEDIA_LEASE_MS = 300_000;

/** What one job does at the most before others have their turn: attempts, and milliseconds after which it begins no other. */
export const SEND_BOUNDS = { attempts: 10, ms: 2_000 };

/** Classes that are tried again by themselves. The others are final until a person acts. */
export const RETRY_CLASSES: Record<RefusalClass, boolean> = {
  retry: true, later: true, permanent: false, reauthorise: false, 'opt-out': false, window: false,
};

/** By which code a message that was refused for good is known, whatever the provider called it. */
export const CODE_OF_CLASS: Partial<Record<RefusalClass, string>> = { 'opt-out': 'RECIPIENT_OPTED_OUT', window: 'WINDOW_CLOSED' };

const MAX_ATTEMPTS: Partial<Record<RefusalClass, number>> = { retry: 8, later: 4 };
const FIRST_DELAY_MS: Partial<Record<RefusalClass, number>> = { retry: 1_000, later: 3_600_000 };
const GROWTH = 4;
const LONGEST_DELAY_MS = 6 * 3_600_000;

/** Milliseconds until the next attempt after `attempts` refused ones; 0: no further attempt. */
export function retryDelay(refusal: RefusalClass, attempts: number): number {
  if (attempts >= (MAX_ATTEMPTS[refusal] ?? 0)) return 0;
  return Math.min((FIRST_DELAY_MS[refusal] ?? 0) * GROWTH ** (attempts - 1), LONGEST_DELAY_MS);
}
