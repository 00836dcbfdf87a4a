// What identity keeps for a while and then deletes: settled mails, links that no longer work, successors of refresh tokens, sessions that ended long ago.
import type { Pool } from 'pg';

const EVERY_MS = 60 * 60_000;

const LEFTOVERS = [
  `delete from identity.mail where state <> 'QUEUED' and settled_at < now() - interval '30 days'`,
  // Longer than they work, because they are counted for an hour.
  `delete from identity.account_registration where expires_at < now() - interval '1 hour'`,
  `delete from identity.account_token where expires_at < now() - interval '1 day'`,
  `delete from identity.email_change where created_at < now() - interval '1 day'`,
  // A session in use wipes its own (session.authenticate.ts).
  `update identity.session set refresh_sealed = null where refresh_sealed is not null and refreshed_at < now() - interval '1 minute'`,
  // No policy lets a session live for more than 90 days. What it spent goes with it.
  `delete from identity.session where created_at < now() - interval '180 days'`,
];

/** At the first call and once an hour, whatever the sweeper's pace. */
export function tidyIdentity(): (system: Pool) => Promise<void> {
  let last = -Infinity;
  return async (system) => {
    if (performance.now() - last < EVERY_MS) return;
    last = performance.now();
    for (const statement of LEFTOVERS) await system.query(statement);
  };
}
