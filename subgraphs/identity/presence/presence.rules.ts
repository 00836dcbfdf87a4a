// How long a heartbeat counts. Presence ends by time: nothing has to run for somebody to be gone.
import type { PresenceStatus } from './presence.entity.js';

/** Clients repeat themselves every 30 seconds; two lost heartbeats do no harm. */
export const PRESENCE_LASTS_MS = 90_000;

/** What is repeated is said to others this often: they never hold it for over while it is not. */
export const ANNOUNCED_EVERY_MS = 45_000;

export interface SaidPresence {
  status: PresenceStatus;
  note: string | null;
  since: Date;
  heartbeatAt: Date;
}

export interface PresenceNow {
  status: PresenceStatus;
  text: string | null;
  since: Date | null;
}

/** What a person's last word means at `now`; null: they never said anything. */
export function presenceAt(said: SaidPresence | null, now: Date): PresenceNow {
  if (!said) return { status: 'OFFLINE', text: null, since: null };
  const until = new Date(said.heartbeatAt.getTime() + PRESENCE_LASTS_MS);
  // Who left with a word ("back on Monday") is not contradicted by silence.
  if (said.status === 'OFFLINE' || now < until) return { status: said.status, text: said.note, since: said.since };
  return { status: 'OFFLINE', text: null, since: until };
}
