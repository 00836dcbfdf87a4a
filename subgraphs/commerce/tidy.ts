// What commerce keeps for a while and then deletes, a batch at a time, whatever a tenant keeps: no statement locks more than a thousand rows.
import type { Pool } from 'pg';
import type { Clock } from '../kernel/base/clock.js';

const EVERY_MS = 60 * 60_000;
const BATCH = 1_000;
const HOUR_MS = 3_600_000;

const expired = (table: string, column: string): string => `delete from commerce.${table} where ctid in (select ctid from commerce.${table} where ${column} < $1 limit ${BATCH} for update skip locked)`;

const LEFTOVERS = [
  // An equal request a day later is a new one.
  { statement: expired('request', 'created_at'), hours: 24 },
  // Each began a security event, which the trail keeps.
  { statement: expired('payment_webhook_refusal', 'minute'), hours: 24 * 30 },
];

/** At the first call and once an hour, whatever the sweeper's pace; at its pace while a batch was full. */
export function tidyCommerce(clock: Clock): (system: Pick<Pool, 'query'>) => Promise<void> {
  let last = -Infinity;
  return async (system) => {
    if (performance.now() - last < EVERY_MS) return;
    last = performance.now();
    let full = false;
    for (const { statement, hours } of LEFTOVERS) full = (await system.query(statement, [new Date(clock.now().getTime() - hours * HOUR_MS)])).rowCount === BATCH || full;
    if (full) last = -Infinity;
  };
}
