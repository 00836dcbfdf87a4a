// What retention deletes of bookings: what is older than the tenant keeps it, with all that hangs on it; of what was paid for only what guests said; and nobody else deletes anything.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { makeVenue, type MadeVenue } from '../../../test/kit/booking.js';
import { TestShop } from '../../../test/kit/commerce.js';
import { person } from '../../../test/kit/subgraph.js';
import { decodeId, newId } from '../../kernel/base/ids.js';
import { commerceDoor } from '../public.js';

const DAY_MS = 86_400_000;
let shop: TestShop;
let venue: MadeVenue;
beforeAll(async () => {
  shop = await TestShop.boot();
  venue = await makeVenue((field, input, select) => shop.send(field, input, select) as never, { tables: [[1, 4]], timeZone: 'UTC', opens: '00:00', closes: '00:00' });
});
afterAll(() => shop?.close());

const noon = (days: number): string => `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T12:00:00.000Z`;
async function held(days: number): Promise<string> {
  const { id } = await shop.done<{ id: string }>('reservationHold', { venueId: venue.id, startsAt: noon(days), partySize: 2, guestName: 'Giulia', note: 'A window', idempotencyKey: newId() }, 'reservation { id }');
  return id;
}
const purge = (before: string, tenantId = shop.tenantId): Promise<number> =>
  commerceDoor(shop.subject.running.services).purge({ tenantId, orderedAt: shop.clock.now().toISOString(), before: { BOOKINGS: before, MESSAGES: before } });
const left = async (): Promise<unknown> => shop.rows(`select (select array_agg(coalesce(guest_name, '-') || coalesce(note, '-') order by starts_at) from commerce.reservation) as guests,
  (select count(*)::int from commerce.reservation_table) as tables, (select count(*)::int from commerce.reservation_event) as events, (select count(*)::int from commerce.waitlist_entry) as waiting, (select count(*)::int from commerce.reservation_reminder) as reminders`);

it('goes by when the party was to begin, whatever became of it', async () => {
  await shop.done('venueDepositSet', { venueId: venue.id, rule: { fromParty: 2, amount: { minor: '500', currency: 'EUR' }, per: 'BOOKING' } }, 'venue { id }');
  const paid = await held(3);
  await shop.done('paymentRecord', { reservationId: paid, method: 'CASH', idempotencyKey: newId() }, 'payment { id }');
  await shop.done('venueDepositSet', { venueId: venue.id, rule: null }, 'venue { id }');
  const [old, young] = [await held(4), await held(6)];
  for (const reservationId of [old, young]) await shop.done('reservationConfirm', { reservationId }, 'reservation { id }');
  for (const day of [4, 6]) await shop.done('waitlistJoin', { venueId: venue.id, partySize: 2, earliestAt: noon(day), latestAt: noon(day), guestName: 'Ada', idempotencyKey: newId() }, 'entry { id }');
  const all = await left();
  const before = noon(5);
  const counted = async (by = person(shop.tenantId, ['settings:read'])) => {
    const { data } = await shop.subject.ask('query ($days: Int) { commerceRetentionPreview(bookingDays: $days) { dataClass rows more } }', { days: 1 }, by);
    return data?.['commerceRetentionPreview'];
  };
  expect([await counted(), await counted(person(shop.tenantId, ['booking:read']))]).toEqual([[{ dataClass: 'BOOKINGS', rows: 0, more: false }], null]);
  // Another tenant's order, and one of what it does not name, touch nothing.
  expect([await purge(before, newId()), await left()]).toEqual([0, all]);
  expect(await purge(before)).toBe(3);
  expect(await left()).toEqual([{ guests: ['--', 'GiuliaA window'], tables: 2, events: 4, waiting: 1, reminders: 4 }]);
  expect((await shop.query<{ reservation: unknown }>('query ($id: ID!) { reservation(id: $id) { guestName deposit { status } payments { state } } }', { id: paid })).reservation).toEqual({ guestName: null, deposit: { status: 'PAID' }, payments: [{ state: 'SUCCEEDED' }] });
  expect(await purge(before)).toBe(0);

  // Requests of people have no statement that deletes; if they had, nothing would go.
  const app = new Client({ connectionString: shop.subject.database.urls.app['commerce'] });
  await app.connect();
  await app.query(`select set_config('app.tenant_id', '${shop.tenantId}', false)`);
  for (const table of ['reservation_event', 'waitlist_entry']) expect([table, (await app.query(`delete from commerce.${table}`)).rowCount]).toEqual([table, 0]);
  await app.end();
  expect(decodeId('rsv', young)).toBeDefined();
  // A payment holds on to its reservation, whoever deletes.
  await expect(shop.rows('delete from commerce.reservation_table where reservation_id = $1', [decodeId('rsv', paid)]).then(() => shop.rows('delete from commerce.reservation where id = $1', [decodeId('rsv', paid)]))).rejects.toMatchObject({ code: '23503' });
});
