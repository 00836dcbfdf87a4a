// What identity keeps for a while and then deletes, a batch at a time: no statement locks, or writes, more than a thousand rows.
import type { Pool } from 'pg';

const EVERY_MS = 60 * 60_000;
const BATCH = 1_000;

/** A batch of the rows of `table` that `condition` finds. Rows that somebody works with are left to the next round. */
const batch = (table: string, condition: string): string =>
  `ctid in (select ctid from identity.${table} where ${condition} limit ${BATCH} for update skip locked)`;
const expired = (table: string, condition: string): string => `delete from identity.${table} where ${batch(table, condition)}`;

/** Each condition has an index. */
const LEFTOVERS = [
  expired('mail', `state <> 'QUEUED' and settled_at < now() - interval '30 days'`),
  // Longer than they work, because they are counted for an hour.
  expired('account_registration', `expires_at < now() - interval '1 hour'`),
  expired('account_token', `expires_at < now() - interval '1 day'`),
  expired('invitation', `coalesce(ended_at, expires_at) < now() - interval '90 days'`),
  expired('email_change', `created_at < now() - interval '1 day'`),
  // Gateways hand in a report again for as long as they live, which is days at the most between two releases.
  expired('api_call_report', `counted_at < now() - interval '60 days'`),
  expired('attempt', 'expires_at < now()'),
  expired('mfa_challenge', `expires_at < now() - interval '1 day'`),
  expired('mfa_use', `used_at < now() - interval '180 days'`),
  expired('notification', `created_at < now() - interval '180 days'`),
  expired('api_key_secret', `ends_at is not null and ends_at < now() - interval '30 days'`),
  // A session in use wipes its own (session.authenticate.ts).
  `update identity.session set refresh_sealed = null where ${batch('session', `refresh_sealed is not null and refreshed_at < now() - interval '1 minute'`)}`,
  // No policy lets a session live for more than 90 days: a token spent before is of no session that could be stolen.
  expired('spent_refresh', `spent_at < now() - interval '90 days'`),
  expired('session', `created_at < now() - interval '180 days'`),
];

/** At the first call and once an hour, whatever the sweeper's pace; at its pace while a batch was full. */
export function tidyIdentity(): (system: Pool) => Promise<void> {
  let last = -Infinity;
  return async (system) => {
    if (performance.now() - last < EVERY_MS) return;
    last = performance.now();
    let full = false;
    for (const statement of LEFTOVERS) full = (await system.query(statement)).rowCount === BATCH || full;
    if (full) last = -Infinity;
  };
}
