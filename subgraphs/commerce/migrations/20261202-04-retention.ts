// What retention deletes of bookings, and nobody else may: requests of people have no statement that does.
import { appRole, permissionPredicate } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';
/** A restrictive policy takes away: of what retention deletes, everybody else deletes nothing. */
const PURGING = permissionPredicate('retention:purge');

export const retention = sqlMigration('20261202-04-retention', [
  ...['reservation', 'reservation_event', 'waitlist_entry'].flatMap((table) => [
    `grant delete on ${S}.${table} to ${appRole(S)}`,
    `create policy ${table}_retention on ${S}.${table} as restrictive for delete to ${appRole(S)} using (${PURGING})`,
  ]),
  `create index reservation_age on ${S}.reservation (tenant_id, starts_at)`,
  `create index waitlist_entry_age on ${S}.waitlist_entry (tenant_id, latest_at)`,
]);
