// What identity keeps for a while and then deletes: settled mails.
import type { Pool } from 'pg';

const EVERY_MS = 60 * 60_000;

const LEFTOVERS = [
  `delete from identity.mail where state <> 'QUEUED' and settled_at < now() - interval '30 days'`,
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
