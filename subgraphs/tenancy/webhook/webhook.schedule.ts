// When a message is tried again, and how long an endpoint that fails is left alone. Source of the distances: standardwebhooks.com, "Deliverability and reliability".
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** After the first attempt, the second … the ninth: together 75 hours and 35 minutes. The tenth is the last. */
export const DISTANCES_MS: readonly number[] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/** Up to a tenth longer, so that what failed together does not come back together. Never sooner. */
const JITTER = 0.1;

/** What was not delivered by then, whatever the reason, is given up: the distances with all their jitter, or an endpoint that was switched off for so long. */
export const GIVEN_UP_MS = 84 * HOUR;

/** An endpoint that has done nothing but fail for so long is switched off. */
export const FAILING_MS = 5 * DAY;

/** A worker that has said nothing for so long has died, and its message is another's. Longer than any call may take. */
export const LEASE_MS = MINUTE;

const LONGEST_LEFT_ALONE_MS = 5 * MINUTE;
/** What `Retry-After` may ask for. */
const LONGEST_ASKED_MS = HOUR;

/** @param attempts that were made @param random from 0 to 1 @returns null: that was the last */
export function nextAttempt(now: Date, attempts: number, random: number): Date | null {
  const distance = DISTANCES_MS[attempts - 1];
  return distance === undefined ? null : new Date(now.getTime() + Math.round(distance * (1 + JITTER * random)));
}

/** 2 s, 4 s, 8 s … 5 minutes. @param failures in a row @param asked seconds that the endpoint itself asked for */
export function leftAloneUntil(now: Date, failures: number, asked: number | null): Date {
  const own = Math.min(2 ** Math.min(failures, 20) * SECOND, LONGEST_LEFT_ALONE_MS);
  return new Date(now.getTime() + Math.max(own, Math.min((asked ?? 0) * SECOND, LONGEST_ASKED_MS)));
}
