// A restaurant of a demo tenant, with some evenings booked and somebody who waits. Repeating it changes nothing.
import { sql } from 'kysely';
import { newId } from '../kernel/base/ids.js';
import { tenantScope } from '../kernel/data/scope.js';
import type { AuditOrigin } from '../kernel/messaging/audit.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../kernel/messaging/unit-of-work.js';
import type { DepositRule } from './deposit/deposit.rule.js';
import { boundOf, dayAfter, wallAt } from './venue/wall.js';
import { planReminders } from './waitlist/reminder.js';

const STAY_MINUTES = 120;
const MINUTE_MS = 60_000;

/** Every id is a UUID chosen by the caller; times are minutes after midnight by the clock of the venue, so many days from the day on which the demo is made. */
export interface DemoVenue {
  id: string;
  name: string;
  timeZone: string;
  areaId: string;
  area: string;
  opens: number;
  closes: number;
  tables: { id: string; name: string; minParty: number; maxParty: number }[];
  together: { id: string; name: string; tableIds: string[]; minParty: number; maxParty: number };
  deposit: DepositRule;
  reservations: { id: string; inDays: number; at: number; partySize: number; guestName: string; customerId: string | null; tableId: string }[];
  waiting: { id: string; inDays: number; from: number; to: number; partySize: number; guestName: string };
}

export async function demoVenue(deps: UnitOfWorkDeps, origin: AuditOrigin, tenantId: string, venue: DemoVenue): Promise<void> {
  await runUnit(deps, tenantScope(tenantId), origin, async (unit) => {
    const { deposit } = venue;
    const made = await sql`insert into commerce.venue (tenant_id, id, name, time_zone, slot_minutes, lead_minutes, cancel_minutes, days_ahead, confirms_by_hand, stays, created_at,
        deposit_from_party, deposit_minor, deposit_currency, deposit_per, deposit_kept)
      values (${tenantId}::uuid, ${venue.id}::uuid, ${venue.name}, ${venue.timeZone}, 30, 60, 180, 90, false, ${JSON.stringify([{ upTo: 8, minutes: STAY_MINUTES }])}::jsonb, ${unit.now},
        ${deposit.fromParty}, ${deposit.minor}::bigint, ${deposit.currency}, ${deposit.per}, ${deposit.kept}) on conflict do nothing`.execute(unit.tx.getKysely());
    if (Number(made.numAffectedRows ?? 0) === 0) return;
    unit.audit({ action: 'venue.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Venue', id: venue.id }, after: { name: venue.name, timeZone: venue.timeZone } });
    await furnish(unit, tenantId, venue);
    for (const reservation of venue.reservations) await book(unit, tenantId, venue, reservation);
    await wait(unit, tenantId, venue);
  });
}

async function furnish({ tx, now }: UnitOfWork, tenantId: string, { id, areaId, area, opens, closes, tables, together }: DemoVenue): Promise<void> {
  const db = tx.getKysely();
  for (const weekday of [1, 2, 3, 4, 5, 6, 7]) {
    await sql`insert into commerce.opening (tenant_id, id, venue_id, weekday, opens, closes) values (${tenantId}::uuid, ${newId()}::uuid, ${id}::uuid, ${weekday}, ${opens}, ${closes})`.execute(db);
  }
  await sql`insert into commerce.area (tenant_id, id, venue_id, name, created_at) values (${tenantId}::uuid, ${areaId}::uuid, ${id}::uuid, ${area}, ${now})`.execute(db);
  for (const table of tables) {
    await sql`insert into commerce.dining_table (tenant_id, id, venue_id, area_id, name, min_party, max_party, created_at)
      values (${tenantId}::uuid, ${table.id}::uuid, ${id}::uuid, ${areaId}::uuid, ${table.name}, ${table.minParty}, ${table.maxParty}, ${now})`.execute(db);
  }
  await sql`insert into commerce.table_combination (tenant_id, id, venue_id, name, min_party, max_party, created_at)
    values (${tenantId}::uuid, ${together.id}::uuid, ${id}::uuid, ${together.name}, ${together.minParty}, ${together.maxParty}, ${now})`.execute(db);
  await sql`insert into commerce.combined_table (tenant_id, combination_id, table_id, venue_id)
    select ${tenantId}::uuid, ${together.id}::uuid, one, ${id}::uuid from unnest(${together.tableIds}::uuid[]) one`.execute(db);
}

const instantOf = ({ now }: UnitOfWork, { timeZone }: DemoVenue, inDays: number, minutes: number): Date => boundOf(timeZone, dayAfter(wallAt(timeZone, now).day, inDays), minutes);

async function book(unit: UnitOfWork, tenantId: string, venue: DemoVenue, { id, inDays, at, partySize, guestName, customerId, tableId }: DemoVenue['reservations'][number]): Promise<void> {
  const db = unit.tx.getKysely();
  const startsAt = instantOf(unit, venue, inDays, at);
  const endsAt = new Date(startsAt.getTime() + STAY_MINUTES * MINUTE_MS);
  await sql`insert into commerce.reservation (tenant_id, id, venue_id, status, party_size, starts_at, ends_at, customer_id, guest_name, idempotency_key, request_hash, created_at)
    values (${tenantId}::uuid, ${id}::uuid, ${venue.id}::uuid, 'CONFIRMED', ${partySize}, ${startsAt}, ${endsAt}, ${customerId}::uuid, ${guestName}, ${`demo-${id}`}, '', ${unit.now})`.execute(db);
  await sql`insert into commerce.reservation_table (tenant_id, reservation_id, table_id, venue_id, status, starts_at, ends_at)
    values (${tenantId}::uuid, ${id}::uuid, ${tableId}::uuid, ${venue.id}::uuid, 'CONFIRMED', ${startsAt}, ${endsAt})`.execute(db);
  for (const [from, to] of [[null, 'HELD'], ['HELD', 'CONFIRMED']]) {
    await sql`insert into commerce.reservation_event (tenant_id, id, reservation_id, from_status, to_status, starts_at, at) values (${tenantId}::uuid, ${newId()}::uuid, ${id}::uuid, ${from}, ${to}, ${startsAt}, ${unit.now})`.execute(db);
  }
  // Whom nobody could write to is not reminded.
  if (customerId !== null) await planReminders(unit, id, 'CONFIRMED', startsAt);
}

async function wait(unit: UnitOfWork, tenantId: string, venue: DemoVenue): Promise<void> {
  const { id, inDays, from, to, partySize, guestName } = venue.waiting;
  await sql`insert into commerce.waitlist_entry (tenant_id, id, venue_id, status, party_size, earliest_at, latest_at, guest_name, looked_at, idempotency_key, request_hash, created_at)
    values (${tenantId}::uuid, ${id}::uuid, ${venue.id}::uuid, 'WAITING', ${partySize}, ${instantOf(unit, venue, inDays, from)}, ${instantOf(unit, venue, inDays, to)}, ${guestName}, ${unit.now},
      ${`demo-${id}`}, '', ${unit.now})`.execute(unit.tx.getKysely());
}
