// Who waits is offered what gets free, the oldest first, for a time; guests are reminded once; all by the product's clock.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { TestBooking, type MadeVenue } from '../../../test/kit/booking.js';
import { person } from '../../../test/kit/subgraph.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { offerWaitlistJob, remindJob } from '../jobs.js';
import { commerceDoor } from '../public.js';

const NOON = '2026-11-30T12:00:00.000Z';
const EVENING = '2026-12-01T18:00:00.000Z';
const ENTRY = 'query ($id: ID!) { waitlistEntry(id: $id) { status offeredUntil reservation { id status startsAt heldUntil } } }';

interface Entry { status: string; offeredUntil: string | null; reservation: { id: string; status: string; startsAt: string; heldUntil: string | null } | null }

let house: TestBooking;
let system: Pool;
beforeAll(async () => {
  house = await TestBooking.boot(NOON);
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
});
beforeEach(() => house.clock.turn(NOON));

const venueWith = (tables: [number, number][]): Promise<MadeVenue> => house.makeVenue({ tables });
async function booked(venue: MadeVenue, startsAt = EVENING): Promise<string> {
  const { reservation, userErrors } = await house.send('reservationHold', { venueId: venue.id, startsAt, partySize: 2, idempotencyKey: newId() }, 'reservation { id }');
  if (!reservation) throw new Error(JSON.stringify(userErrors));
  const { id } = reservation as { id: string };
  await house.send('reservationConfirm', { reservationId: id });
  return id;
}
const join = (venue: MadeVenue, input: Record<string, unknown> = {}, actor = house.manager) => house.send('waitlistJoin', {
  venueId: venue.id, partySize: 2, earliestAt: '2026-12-01T17:30:00.000Z', latestAt: '2026-12-01T18:30:00.000Z', idempotencyKey: newId(), ...input }, 'entry { id status }', actor);
const waiting = async (venue: MadeVenue, input: Record<string, unknown> = {}): Promise<string> => {
  const { entry, userErrors } = await join(venue, input);
  if (!entry) throw new Error(JSON.stringify(userErrors));
  return (entry as { id: string }).id;
};
const entry = async (id: string): Promise<Entry> => (await house.query<{ waitlistEntry: Entry }>(ENTRY, { id })).waitlistEntry;
const door = () => commerceDoor(house.services);
const offer = (venue: MadeVenue): Promise<number> => door().offerWaitlist({ tenantId: house.tenant, venueId: decodeId('ven', venue.id) ?? '' });
const uuid = (id: string): string => decodeId('rsv', id) ?? '';
const told = async (type: string): Promise<Record<string, unknown>[]> => (await house.rows<{ payload: Record<string, unknown> }>('select payload from commerce.outbox where type = $1 order by id', [type])).map(({ payload }) => payload);
const due = async <Payload>(job: unknown): Promise<Payload[]> => (await door().overdue(system)).filter((one) => one.job === job).flatMap(({ payloads }) => payloads as Payload[]);

describe('a waitlist', () => {
  it('offers what gets free to the party that waits longest, then to the next, until one takes it', async () => {
    const venue = await venueWith([[1, 2]]);
    const taken = await booked(venue);
    const [first, second] = [await waiting(venue), await waiting(venue)];
    expect(await offer(venue)).toBe(0);
    await house.send('reservationCancel', { reservationId: taken });
    expect((await told('TableFreed')).at(-1)).toEqual({ venueId: decodeId('ven', venue.id) });
    expect([await offer(venue), await offer(venue)]).toEqual([1, 0]);
    const offered = await entry(first);
    expect(offered).toMatchObject({ status: 'OFFERED', offeredUntil: '2026-11-30T12:15:00.000Z', reservation: { status: 'HELD', startsAt: '2026-12-01T17:30:00.000Z', heldUntil: '2026-11-30T12:15:00.000Z' } });
    expect((await told('WaitlistOffered')).at(-1)).toMatchObject({ waitlistEntryId: decodeId('wait', first), reservationId: uuid(offered.reservation?.id ?? ''), offeredUntil: '2026-11-30T12:15:00.000Z' });
    expect((await entry(second)).status).toBe('WAITING');
    // Nobody else gets it meanwhile.
    expect((await house.send('reservationHold', { venueId: venue.id, startsAt: EVENING, partySize: 2, idempotencyKey: newId() })).userErrors).toMatchObject([{ __typename: 'SlotUnavailable' }]);

    house.clock.turn('2026-11-30T12:15:00.000Z');
    expect(await door().expireHold({ tenantId: house.tenant, reservationId: uuid(offered.reservation?.id ?? '') })).toBe(true);
    expect((await entry(first)).status).toBe('LAPSED');
    expect(await offer(venue)).toBe(1);
    const next = await entry(second);
    await house.send('reservationConfirm', { reservationId: next.reservation?.id });
    expect(await entry(second)).toMatchObject({ status: 'ACCEPTED', offeredUntil: null, reservation: { status: 'CONFIRMED' } });
    expect((await house.query<{ waitlist: { nodes: unknown[] } }>('query ($id: ID!) { waitlist(venueId: $id) { nodes { id } } }', { id: venue.id })).waitlist.nodes).toEqual([]);
  });

  it('passes over a party that no free table takes, and gives on what is given back', async () => {
    const venue = await venueWith([[1, 2], [3, 6]]);
    const large = await house.send('reservationHold', { venueId: venue.id, startsAt: EVENING, partySize: 4, idempotencyKey: newId() }, 'reservation { id }');
    const small = await booked(venue);
    const [family, couple, other] = [await waiting(venue, { partySize: 4 }), await waiting(venue), await waiting(venue)];
    await house.send('reservationCancel', { reservationId: small });
    expect(await offer(venue)).toBe(1);
    expect([(await entry(family)).status, (await entry(couple)).status]).toEqual(['WAITING', 'OFFERED']);
    expect((await house.send('waitlistLeave', { waitlistEntryId: couple }, 'entry { status reservation { status } }')).entry).toEqual({ status: 'LEFT', reservation: { status: 'CANCELED' } });
    expect((await house.send('waitlistLeave', { waitlistEntryId: couple }, 'entry { status }')).entry).toEqual({ status: 'LEFT' });
    expect([await offer(venue), (await entry(other)).status]).toEqual([1, 'OFFERED']);
    expect((await house.send('waitlistLeave', { waitlistEntryId: family }, 'entry { status }')).entry).toEqual({ status: 'LEFT' });
    await house.send('reservationCancel', { reservationId: (large['reservation'] as { id: string }).id });
    expect(await offer(venue)).toBe(0);
  });

  it('is offered to once by two jobs at once, and looked at again by the sweeper until its time is over', async () => {
    const venue = await venueWith([[1, 2]]);
    const taken = await booked(venue);
    const id = await waiting(venue);
    const mine = async (): Promise<number> => (await due<{ venueId: string }>(offerWaitlistJob)).filter(({ venueId }) => venueId === decodeId('ven', venue.id)).length;
    expect(await mine()).toBe(0);
    house.clock.turn('2026-11-30T12:01:00.000Z');
    expect(await mine()).toBe(1);
    expect([await offer(venue), await mine()]).toEqual([0, 0]);
    await house.send('reservationCancel', { reservationId: taken });
    expect((await Promise.all([offer(venue), offer(venue)])).toSorted()).toEqual([0, 1]);
    await house.send('reservationCancel', { reservationId: (await entry(id)).reservation?.id });
    const late = await waiting(venue, { earliestAt: '2026-12-02T22:00:00.000Z', latestAt: '2026-12-02T22:30:00.000Z' });
    house.clock.turn('2026-12-02T22:30:00.000Z');
    await offer(venue);
    expect((await entry(late)).status).toBe('LAPSED');
  });

  it('is joined once under a key, and by nobody else', async () => {
    const venue = await venueWith([[1, 2]]);
    const idempotencyKey = newId();
    const both = await Promise.all([waiting(venue, { idempotencyKey }), waiting(venue, { idempotencyKey })]);
    expect(both[0]).toBe(both[1]);
    expect((await join(venue, { idempotencyKey, partySize: 1 })).userErrors).toMatchObject([{ __typename: 'BookingKeyMismatch', field: ['input', 'idempotencyKey'] }]);
    const rival = person(newId(), ['booking:read', 'booking:create']);
    expect((await join(venue, {}, rival)).userErrors).toMatchObject([{ __typename: 'VenueNotFound' }]);
    expect((await house.send('waitlistLeave', { waitlistEntryId: both[0] }, '__typename', rival)).userErrors).toMatchObject([{ __typename: 'WaitlistEntryNotFound' }]);
    expect((await house.subject.ask(ENTRY, { id: both[0] }, rival)).data).toEqual({ waitlistEntry: null });
    expect((await entry(both[0] ?? '')).status).toBe('WAITING');
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['nobody', { partySize: 0 }, 'InputInvalid', 'partySize'], ['10,000 people', { partySize: 10_000 }, 'InputInvalid', 'partySize'], ['more than any table takes', { partySize: 3 }, 'InputInvalid', 'partySize'],
    ['what is over', { earliestAt: '2026-11-29T18:00:00Z', latestAt: '2026-11-29T19:00:00Z' }, 'OutsideBookingRules', 'latestAt'],
    ['too far ahead', { earliestAt: '2027-03-29T18:00:00Z', latestAt: '2027-03-29T19:00:00Z' }, 'OutsideBookingRules', 'latestAt'],
    ['the end of days', { earliestAt: '9999-12-31T00:00:00.000Z', latestAt: '9999-12-31T23:59:59.999Z' }, 'OutsideBookingRules', 'latestAt'],
    ['two days', { latestAt: '2026-12-03T18:00:00Z' }, 'InputInvalid', 'latestAt'], ['an end before its begin', { latestAt: '2026-12-01T17:00:00Z' }, 'InputInvalid', 'latestAt'],
    ['a customer that there is not', { customerId: encodeId('cust', newId()) }, 'CustomerNotFound', 'customerId'],
  ])('is not joined for %s, and nothing is written', async (_what, wrong, name, path) => {
    strict ??= await venueWith([[1, 2]]);
    const count = async (): Promise<unknown> => house.rows('select (select count(*) from commerce.waitlist_entry) as e, (select count(*) from commerce.outbox) as o');
    const before = await count();
    expect((await join(strict, wrong)).userErrors).toEqual([expect.objectContaining({ __typename: name, field: ['input', path] })]);
    expect(await count()).toEqual(before);
  });
  let strict: MadeVenue | undefined;
});

describe('a reminder', () => {
  const reminders = (id: string): Promise<{ kind: string; due_at: Date; sent_at: Date | null }[]> =>
    house.rows('select kind, due_at, sent_at from commerce.reservation_reminder where reservation_id = $1 order by due_at', [uuid(id)]);
  const remind = (id: string, kind: 'H24' | 'H2'): Promise<boolean> => door().remind({ tenantId: house.tenant, reservationId: uuid(id), kind });

  it('is told a day and two hours before, once each, and for another time anew', async () => {
    const venue = await venueWith([[1, 2]]);
    const id = await booked(venue);
    expect((await reminders(id)).map(({ kind, due_at }) => [kind, due_at.toISOString()])).toEqual([['H24', '2026-11-30T18:00:00.000Z'], ['H2', '2026-12-01T16:00:00.000Z']]);
    const mine = async () => (await due<{ reservationId: string }>(remindJob)).filter(({ reservationId }) => reservationId === uuid(id));
    expect([await mine(), await remind(id, 'H24')]).toEqual([[], false]);
    house.clock.turn('2026-11-30T18:00:00.000Z');
    expect(await mine()).toEqual([{ tenantId: house.tenant, reservationId: uuid(id), kind: 'H24' }]);
    expect((await Promise.all([remind(id, 'H24'), remind(id, 'H24')])).toSorted()).toEqual([false, true]);
    expect([await mine(), (await told('ReservationReminded')).filter(({ reservationId }) => reservationId === uuid(id))]).toEqual([
      [], [{ reservationId: uuid(id), kind: 'H24', startsAt: EVENING, customerId: null, conversationId: null, contactIds: [], venue: 'Trattoria', timeZone: 'Europe/Rome', partySize: 2 }]]);
    // Until conversations says what became of it, it is told again: what was told may have been lost.
    house.clock.turn('2026-11-30T18:00:10.000Z');
    expect([(await mine()).length, await remind(id, 'H24'), await remind(id, 'H24')]).toEqual([1, true, false]);
    const note = (startsAt: string) => door().noteReminder({ tenantId: house.tenant, reservationId: uuid(id), kind: 'H24', startsAt, outcome: 'OPTED_OUT' });
    expect([await note('2026-12-03T18:00:00.000Z'), await note(EVENING), await note(EVENING)]).toEqual([false, true, false]);
    house.clock.turn('2026-11-30T18:01:00.000Z');
    const shown = 'query ($id: ID!) { reservation(id: $id) { reminders { kind dueAt outcome } } }';
    expect([await mine(), await remind(id, 'H24'), await house.query(shown, { id })]).toEqual([[], false, { reservation: { reminders: [
      { kind: 'H24', dueAt: '2026-11-30T18:00:00.000Z', outcome: 'OPTED_OUT' }, { kind: 'H2', dueAt: '2026-12-01T16:00:00.000Z', outcome: null }] } }]);
    await house.send('reservationReschedule', { reservationId: id, startsAt: '2026-12-02T18:00:00.000Z' });
    expect((await reminders(id)).map(({ kind, due_at, sent_at }) => [kind, due_at.toISOString(), sent_at])).toEqual([['H24', '2026-12-01T18:00:00.000Z', null], ['H2', '2026-12-02T16:00:00.000Z', null]]);
    await house.send('reservationCancel', { reservationId: id });
    expect(await reminders(id)).toEqual([]);
    house.clock.turn('2026-12-02T17:00:00.000Z');
    expect([await mine(), await remind(id, 'H2')]).toEqual([[], false]);
  });

  it('whose time is over when it is booked is none', async () => {
    const id = await booked(await venueWith([[1, 2]]), '2026-11-30T17:00:00.000Z');
    expect((await reminders(id)).map(({ kind }) => kind)).toEqual(['H2']);
    // Nobody is reminded of what has begun, however late the job comes; and it does not come again.
    house.clock.turn('2026-11-30T17:00:00.000Z');
    expect([await remind(id, 'H2'), (await reminders(id))[0]?.sent_at]).toEqual([false, house.clock.now()]);
    expect(await due(remindJob)).toEqual([]);
  });
});
