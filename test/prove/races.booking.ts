// A lane of the race proof: many guests for the few tables of one evening.
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { makeVenue } from '../kit/booking.js';
import { seeded } from './seeded.js';
import type { RaceLane } from './races.lane.js';

const CLIENTS = 32;
const TABLES: [number, number][] = [[1, 2], [1, 2], [1, 4], [1, 4], [1, 4], [2, 6]];
const ATTEMPTS = { small: 640, full: 6_400 };
/** Of those who got a table, so many keep it. */
const KEPT = 0.02;
/** So far ahead that its time does not come while this runs. */
const DAYS_AHEAD = 30;

export const OVERLAPS = `select format('%s is with %s and %s at once', one.table_id, one.reservation_id, other.reservation_id) as text
  from commerce.reservation_table one join commerce.reservation_table other on other.table_id = one.table_id and other.reservation_id > one.reservation_id and other.during && one.during
  where one.status in ('HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED') and other.status in ('HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED')`;

const AVAILABILITY = 'query ($venueId: ID!, $date: String!) { availability(venueId: $venueId, date: $date, partySize: 2) { slots { startsAt } } }';

export const bookingLane: RaceLane = {
  name: 'booking',
  breaks: 'alter table commerce.reservation_table drop constraint reservation_table_alone',
  run: async (world, small) => {
    const venue = await makeVenue((field, input, select) => world.send(field, input, select) as never, { tables: TABLES, slotMinutes: 15, stays: [{ upTo: 8, minutes: 90 }] });
    const combined = await world.send('tableCombinationCreate', { venueId: venue.id, name: 'Long', tableIds: venue.tableIds.slice(2, 4), minParty: 5, maxParty: 8 }, 'combination { id }');
    if (combined.userErrors.length > 0) throw new Error(JSON.stringify(combined.userErrors));
    const date = new Date(Date.now() + DAYS_AHEAD * 86_400_000).toISOString().slice(0, 10);
    const { data } = await world.ask(AVAILABILITY, { venueId: venue.id, date });
    const starts = (data?.['availability'] as { slots: { startsAt: string }[] }).slots.map(({ startsAt }) => startsAt);
    const attempts = small ? ATTEMPTS.small : ATTEMPTS.full;
    // What is called off again is looked at while it stands.
    const [other, found]: [string[], Set<string>] = [[], new Set()];
    // One after the other, on the one connection there is for looking.
    let looking = Promise.resolve();
    const look = (id: string): Promise<void> => (looking = looking.then(async () => {
      const rows = await world.rows<{ text: string }>(`${OVERLAPS} and $1 in (one.reservation_id, other.reservation_id)`, [decodeId('rsv', id)]);
      for (const { text } of rows) found.add(text);
    }));
    let [left, won] = [attempts, 0];
    await Promise.all(Array.from({ length: CLIENTS }, async (_, client) => {
      const random = seeded(client + 1);
      while ((left -= 1) >= 0) {
        const input = { venueId: venue.id, startsAt: starts[Math.floor(random() * starts.length)], partySize: 1 + Math.floor(random() * 8), idempotencyKey: `race-${left}` };
        const { reservation, userErrors } = await world.send('reservationHold', input, 'reservation { id }');
        if (userErrors.some(({ __typename }) => __typename !== 'SlotUnavailable')) other.push(JSON.stringify(userErrors));
        if (!reservation) continue;
        won += 1;
        // Nearly all are called off again, so that there is something to race for until the end.
        const { id } = reservation as { id: string };
        await look(id);
        if (random() > KEPT) await world.send('reservationCancel', { reservationId: id }, 'reservation { id }');
        else await world.send('reservationConfirm', { reservationId: id }, 'reservation { id }');
      }
    }));
    return { attempts, won, violations: [...other, ...new Set([...found, ...(await world.rows<{ text: string }>(OVERLAPS)).map(({ text }) => text)])] };
  },
};
