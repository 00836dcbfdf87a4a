// What identity keeps for a while and then deletes: settled mails, registrations nobody confirmed, links that no longer work.
import type { Pool } from 'pg';

const EVERY_MS = 60 * 60_000;

const LEFTOVERS = [
  `delete from identity.mail where state <> 'QUEUED' and settled_at < now() - interval '30 days'`,
  // Longer than they work, because they are counted for an hour.
  `delete from identity.account_registration where expires_at < now() - interval '1 hour'`,
  `delete from identity.account_token where expires_at < now() - interval '1 day'`,
  `delete from identity.email_change where created_at < now() - interval '1 day'`,
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
