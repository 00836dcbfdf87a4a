// Reservations: what is free, who gets the last table, what becomes of a hold; wrong input is refused with its path and nothing is written.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { TestBooking, type MadeVenue, type Sent } from '../../../test/kit/booking.js';
import { person } from '../../../test/kit/subgraph.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { commerceDoor } from '../public.js';
import { allowedTransitions, RESERVATION_STATUSES, TAKING, type ReservationStatus } from './reservation.states.js';

const AVAILABILITY = 'query ($venueId: ID!, $date: String!, $partySize: Int!) { availability(venueId: $venueId, date: $date, partySize: $partySize) { timeZone slots { startsAt endsAt localTime state } } }';
const ONE = 'query ($id: ID!) { reservation(id: $id) { status startsAt tables { name } history { from to actorId reason } customer { name } conversation { id } } }';
const EVENING = '2026-12-01T18:00:00.000Z';

interface Slot { startsAt: string; endsAt: string; localTime: string; state: string }
interface Booked { id: string; status: ReservationStatus; heldUntil: string | null; endsAt: string; tables: { name: string }[] }

let house: TestBooking;
beforeAll(async () => { house = await TestBooking.boot(); });
afterAll(() => house?.close());

const slots = async (venue: MadeVenue, date: string, partySize = 2): Promise<Slot[]> =>
  (await house.query<{ availability: { slots: Slot[] } }>(AVAILABILITY, { venueId: venue.id, date, partySize })).availability.slots;
const hold = (venue: MadeVenue, input: Record<string, unknown> = {}, actor = house.manager): Promise<Sent> =>
  house.send('reservationHold', { venueId: venue.id, startsAt: EVENING, partySize: 2, idempotencyKey: newId(), ...input }, 'reservation { id status heldUntil endsAt tables { name } }', actor);
const held = async (venue: MadeVenue, input: Record<string, unknown> = {}): Promise<Booked> => {
  const { reservation, userErrors } = await hold(venue, input);
  if (!reservation) throw new Error(JSON.stringify(userErrors));
  return reservation as Booked;
};
const step = async (verb: string, { id }: { id: string }, more: Record<string, unknown> = {}, actor = house.manager): Promise<string> => {
  const { reservation, userErrors } = await house.send(`reservation${verb}`, { reservationId: id, ...more }, 'reservation { status }', actor);
  return (reservation as { status: string } | null)?.status ?? userErrors[0]?.__typename ?? '';
};
const written = async (): Promise<string> => JSON.stringify(await house.rows(`select (select md5(string_agg(r::text, '' order by id)) from commerce.reservation r) as r,
  (select md5(string_agg(t::text, '' order by t::text)) from commerce.reservation_table t) as t, (select count(*) from commerce.reservation_event) as e, (select count(*) from commerce.outbox) as o`));

describe('what is free', () => {
  it('is every step of the evening from which a stay ends before closing, in the zone of the venue', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]] });
    const free = await slots(venue, '2026-12-01');
    expect(free.map(({ localTime }) => localTime)).toEqual(['18:00', '18:30', '19:00', '19:30', '20:00', '20:30', '21:00', '21:30']);
    expect(free[0]).toEqual({ startsAt: '2026-12-01T17:00:00.000Z', endsAt: '2026-12-01T18:30:00.000Z', localTime: '18:00', state: 'FREE' });
    await held(venue);
    expect((await slots(venue, '2026-12-01')).filter(({ state }) => state === 'FREE').map(({ localTime }) => localTime)).toEqual(['20:30', '21:00', '21:30']);
    expect((await slots(venue, '2026-12-02')).every(({ state }) => state === 'FREE')).toBe(true);
    expect((await slots(venue, '2026-12-01', 3)).every(({ state }) => state === 'TAKEN')).toBe(true);
    await house.send('venueDaySet', { venueId: venue.id, day: '2026-12-25', hours: [] });
    expect(await slots(venue, '2026-12-25')).toEqual([]);
    await house.send('blockedPeriodCreate', { venueId: venue.id, startsAt: '2026-12-03T19:00:00Z', endsAt: '2026-12-03T20:00:00Z' });
    expect((await slots(venue, '2026-12-03')).filter(({ state }) => state === 'FREE').map(({ localTime }) => localTime)).toEqual(['18:00', '18:30', '21:00', '21:30']);
  });

  it('knows neither what the clock is put past nor one hour where there are two', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]], opens: '00:00', closes: '05:00', stays: [{ upTo: 2, minutes: 30 }], daysAhead: 400 });
    const spring = await slots(venue, '2027-03-28');
    expect(spring.map(({ localTime }) => localTime)).toEqual(['00:00', '00:30', '01:00', '01:30', '03:00', '03:30', '04:00', '04:30']);
    expect(spring[4]?.startsAt).toBe('2027-03-28T01:00:00.000Z');
    const autumn = await slots(venue, '2027-10-31');
    expect(autumn.filter(({ localTime }) => localTime === '02:30').map(({ startsAt }) => startsAt)).toEqual(['2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z']);
    // Both are hours of their own: taken by different parties.
    for (const startsAt of ['2027-10-31T00:30:00.000Z', '2027-10-31T01:30:00.000Z']) expect((await held(venue, { startsAt })).status).toBe('HELD');
    expect((await slots(venue, '2027-10-31')).filter(({ state }) => state === 'TAKEN').map(({ localTime }) => localTime)).toEqual(['02:30', '02:30']);
  });

  it('goes on after midnight, and what begins then belongs to the evening before', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]], opens: '23:00', closes: '02:00', stays: [{ upTo: 2, minutes: 60 }] });
    expect((await slots(venue, '2026-12-01')).map(({ localTime }) => localTime)).toEqual(['23:00', '23:30', '00:00', '00:30', '01:00']);
    expect((await held(venue, { startsAt: '2026-12-01T23:30:00.000Z' })).endsAt).toBe('2026-12-02T00:30:00.000Z');
  });

  it('costs the same statements for one table and for many, and finds what is taken by its index', async () => {
    const [one, many] = [await house.makeVenue({ tables: [[1, 2]] }), await house.makeVenue({ tables: Array.from({ length: 12 }, () => [1, 4]) })];
    await Promise.all(Array.from({ length: 8 }, () => held(many)));
    const cost = async (venue: MadeVenue): Promise<number> => {
      const start = house.subject.running.database.statements;
      await slots(venue, '2026-12-01');
      return house.subject.running.database.statements - start;
    };
    // begin, venue with its tables, what is taken, commit
    expect([await cost(one), await cost(many)]).toEqual([4, 4]);
    const holding = async (venue: MadeVenue): Promise<number> => {
      const start = house.subject.running.database.statements;
      await held(venue, { startsAt: '2026-12-02T20:00:00.000Z' });
      return house.subject.running.database.statements - start;
    };
    // The change: begin, key, venue, reservation, what is taken, tables, step, event and audit, commit. The answer: begin, reservation, tables, commit.
    expect([await holding(one), await holding(many)]).toEqual([13, 13]);
    await house.rows(`insert into commerce.reservation (tenant_id, id, venue_id, status, party_size, starts_at, ends_at, idempotency_key, request_hash, created_at)
      select tenant_id, gen_random_uuid(), venue_id, 'CONFIRMED', 2, starts_at + make_interval(days => n), ends_at + make_interval(days => n), n || id::text, '', now()
      from (select * from commerce.reservation where status = 'HELD' and starts_at = '2026-12-01T18:00:00Z' order by id desc limit 8) r, generate_series(1, 400) n`);
    await house.rows(`insert into commerce.reservation_table (tenant_id, reservation_id, table_id, venue_id, status, starts_at, ends_at)
      select r.tenant_id, r.id, t.table_id, r.venue_id, r.status, r.starts_at, r.ends_at from commerce.reservation r join commerce.reservation_table t on t.reservation_id::text = right(r.idempotency_key, 36) where r.request_hash = ''`);
    await house.rows('analyze commerce.reservation_table');
    const app = new Client({ connectionString: house.subject.database.urls.app['commerce'] });
    await app.connect();
    await app.query(`select set_config('app.tenant_id', '${house.tenant}', false)`);
    const { rows } = await app.query<Record<string, string>>(`explain select table_id from commerce.reservation_table t where t.venue_id = (select venue_id from commerce.reservation_table limit 1)
      and t.starts_at >= $1 and t.starts_at < $2 and t.ends_at > $1 and t.status in ('HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED')`, ['2026-12-02T00:00:00Z', '2026-12-03T00:00:00Z']);
    await app.end();
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Cond: .*tenant_id = .*venue_id = .*starts_at >= .*starts_at < /);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a day that there is not', { date: '2026-02-30' }, 'date'], ['a day that is over', { date: '2026-11-20' }, 'date'], ['nobody', { partySize: 0 }, 'partySize'], ['10,000 people', { partySize: 10_000 }, 'partySize'],
  ])('is not told of %s', async (_what, wrong, path) => {
    const { errors } = await house.subject.ask(AVAILABILITY, { venueId: encodeId('ven', newId()), date: '2026-12-01', partySize: 2, ...wrong }, house.agent);
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: [path] });
  });
});

describe('a hold', () => {
  let strict: MadeVenue | undefined;

  it('is one for the same key, also when it is asked twice at once, and another for another input is refused', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2], [1, 2]] });
    const idempotencyKey = newId();
    const both = await Promise.all([held(venue, { idempotencyKey }), held(venue, { idempotencyKey })]);
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    expect(both[0]).toMatchObject({ status: 'HELD', heldUntil: '2026-11-30T12:05:00.000Z', tables: [expect.anything()] });
    const before = await written();
    expect((await hold(venue, { idempotencyKey, partySize: 1 })).userErrors).toMatchObject([{ __typename: 'BookingKeyMismatch', code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] }]);
    expect(await written()).toBe(before);
  });

  it('of the last table is had by one of two, and the other is told so', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]] });
    const both = await Promise.all([hold(venue), hold(venue)]);
    expect(both.map(({ userErrors }) => userErrors.map(({ __typename, code, field }) => [__typename, code, field])).toSorted((a, b) => a.length - b.length))
      .toEqual([[], [['SlotUnavailable', 'SLOT_UNAVAILABLE', ['input', 'startsAt']]]]);
  });

  it('takes tables together where none is large enough, all or none of them', async () => {
    const venue = await house.makeVenue({ tables: [[1, 4], [1, 4], [1, 4]] });
    await house.send('tableCombinationCreate', { venueId: venue.id, name: 'Long', tableIds: venue.tableIds.slice(0, 2), minParty: 5, maxParty: 8 });
    const party = await held(venue, { partySize: 8 });
    expect(party.tables.map(({ name }) => name)).toEqual(['T1', 'T2']);
    expect((await held(venue, { partySize: 4 })).tables.map(({ name }) => name)).toEqual(['T3']);
    const before = await written();
    expect((await hold(venue, { partySize: 6 })).userErrors).toMatchObject([{ __typename: 'SlotUnavailable' }]);
    expect(await written()).toBe(before);
    expect(await step('Cancel', party)).toBe('CANCELED');
    expect((await held(venue, { partySize: 4 })).tables).toHaveLength(1);
    // One of the two is gone: the other is not taken by itself.
    expect((await hold(venue, { partySize: 6 })).userErrors).toMatchObject([{ __typename: 'SlotUnavailable' }]);
  });

  it('takes nothing any more when its time is over, also before anybody has released it; then the job does', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]] });
    const [first, later] = [await held(venue), await held(venue, { startsAt: '2026-12-01T19:30:00.000Z' })];
    house.clock.turn('2026-11-30T12:05:00.000Z');
    try {
      expect(await step('Confirm', first)).toBe('ReservationWrongState');
      expect((await slots(venue, '2026-12-01')).find(({ localTime }) => localTime === '19:00')?.state).toBe('FREE');
      expect((await held(venue)).status).toBe('HELD');
      expect((await house.query<{ reservation: unknown }>(ONE, { id: first.id })).reservation).toMatchObject({ status: 'EXPIRED', history: [{ from: 'HELD', to: 'EXPIRED', actorId: null }, { from: null, to: 'HELD' }] });
      const [door, system] = [commerceDoor(house.services), new Client({ connectionString: house.subject.database.urls.system })];
      await system.connect();
      const due = await door.overdue(system as never);
      await system.end();
      const payload = due.flatMap(({ payloads }) => payloads as { tenantId: string; reservationId: string }[]).find(({ reservationId }) => encodeId('rsv', reservationId) === later.id);
      expect(payload).toBeDefined();
      expect([await door.expireHold(payload!), await door.expireHold(payload!)]).toEqual([true, false]);
      expect((await house.query<{ reservation: unknown }>(ONE, { id: later.id })).reservation).toMatchObject({ status: 'EXPIRED' });
    } finally {
      house.clock.turn('2026-11-30T12:00:00.000Z');
    }
  });

  it.each<[string, Record<string, unknown>, string, string[], string | undefined]>([
    ['nobody', { partySize: 0 }, 'InputInvalid', ['partySize'], undefined],
    ['10,000 people', { partySize: 10_000 }, 'InputInvalid', ['partySize'], undefined],
    ['more than any table takes', { partySize: 9 }, 'InputInvalid', ['partySize'], undefined],
    ['what is over', { startsAt: '2026-11-29T18:00:00.000Z' }, 'OutsideBookingRules', ['startsAt'], 'PAST'],
    ['before there were days', { startsAt: '0001-01-01T00:00:00.000Z' }, 'OutsideBookingRules', ['startsAt'], 'PAST'],
    ['the end of days', { startsAt: '9999-12-31T23:59:59.999Z' }, 'OutsideBookingRules', ['startsAt'], 'TOO_FAR'],
    ['too soon', { startsAt: '2026-11-30T17:00:00.000Z' }, 'OutsideBookingRules', ['startsAt'], 'TOO_SOON'],
    ['too far ahead', { startsAt: '2027-03-01T18:00:00.000Z' }, 'OutsideBookingRules', ['startsAt'], 'TOO_FAR'],
    ['between two steps', { startsAt: '2026-12-01T18:10:00.000Z' }, 'OutsideBookingRules', ['startsAt'], 'NO_SLOT'],
    ['a closed day', { startsAt: '2026-12-24T18:00:00.000Z' }, 'OutsideBookingRules', ['startsAt'], 'NO_SLOT'],
    ['too late to be gone at closing', { startsAt: '2026-12-01T21:00:00.000Z' }, 'OutsideBookingRules', ['startsAt'], 'NO_SLOT'],
    ['a venue that there is not', { venueId: encodeId('ven', newId()) }, 'VenueNotFound', ['venueId'], undefined],
    ['an area that there is not', { areaId: encodeId('area', newId()) }, 'PlaceNotFound', ['areaId'], undefined],
    ['a customer that there is not', { customerId: encodeId('cust', newId()) }, 'CustomerNotFound', ['customerId'], undefined],
    ['no key', { idempotencyKey: '' }, 'InputInvalid', ['idempotencyKey'], undefined],
    ['a name that cannot be stored', { guestName: 'a\0b' }, 'InputInvalid', ['guestName'], undefined],
  ])('is refused for %s, by its path, and nothing is written', async (_what, wrong, name, path, rule) => {
    strict ??= await house.makeVenue({ tables: [[1, 4]], leadMinutes: 360 });
    await house.send('venueDaySet', { venueId: strict.id, day: '2026-12-24', hours: [] });
    const before = await written();
    const { reservation, userErrors } = await hold(strict, wrong);
    expect([reservation, userErrors]).toEqual([null, [expect.objectContaining({ __typename: name, field: ['input', ...path], ...(rule ? { rule } : {}) })]]);
    expect(await written()).toBe(before);
  });
});

describe('a reservation', () => {
  it('goes its way, step by step, each asked twice without harm, and its history stays', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]] });
    const one = await held(venue);
    const steps: [string, string][] = [['Confirm', 'CONFIRMED'], ['Arrive', 'ARRIVED'], ['Seat', 'SEATED'], ['Complete', 'COMPLETED']];
    for (const [verb, status] of steps) expect([await step(verb, one), await step(verb, one)]).toEqual([status, status]);
    const { reservation } = await house.query<{ reservation: { history: { to: string }[] } }>(ONE, { id: one.id });
    expect(reservation.history.map(({ to }) => to)).toEqual(['COMPLETED', 'SEATED', 'ARRIVED', 'CONFIRMED', 'HELD']);
    expect((await slots(venue, '2026-12-01')).every(({ state }) => state === 'FREE')).toBe(true);
    const app = new Client({ connectionString: house.subject.database.urls.app['commerce'] });
    await app.connect();
    await app.query(`select set_config('app.tenant_id', '${house.tenant}', false)`);
    await expect(app.query(`update commerce.reservation_event set reason = 'x'`)).rejects.toMatchObject({ code: '42501' });
    await app.end();
  });

  it('becomes only what the table of transitions allows', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]] });
    const one = await held(venue);
    for (const verb of ['Arrive', 'Seat', 'Complete', 'NoShow', 'Accept', 'Decline']) expect([verb, await step(verb, one)]).toEqual([verb, 'ReservationWrongState']);
    expect(await step('Cancel', one)).toBe('CANCELED');
    for (const verb of ['Confirm', 'Arrive', 'Seat', 'Complete', 'NoShow', 'Accept', 'Decline', 'Reschedule']) expect([verb, await step(verb, one)]).toEqual([verb, 'ReservationWrongState']);
    // What takes a table and what can still become something are the same: nothing that has ended holds one.
    expect(RESERVATION_STATUSES.filter((status) => allowedTransitions[status].length > 0)).toEqual([...TAKING]);
  });

  it('waits for staff where the venue wants that', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]], confirmsByHand: true });
    const [one, other] = [await held(venue), await held(venue, { startsAt: '2026-12-01T20:00:00.000Z' })];
    expect([await step('Confirm', one), await step('Confirm', one), await step('Accept', one)]).toEqual(['PENDING', 'PENDING', 'CONFIRMED']);
    expect([await step('Confirm', other), await step('Decline', other, { reason: 'A wedding' })]).toEqual(['PENDING', 'DECLINED']);
    expect((await house.query<{ reservation: unknown }>(ONE, { id: other.id })).reservation).toMatchObject({ history: [{ from: 'PENDING', to: 'DECLINED', reason: 'A wedding', actorId: encodeId('user', house.manager.sub ?? '') }, {}, {}] });
  });

  it('is canceled in time by guests, later by who manages; and nobody has stayed away before it begins', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]], cancelMinutes: 2_880 });
    const one = await held(venue);
    await step('Confirm', one);
    expect(await step('NoShow', one)).toBe('ReservationNotBegun');
    expect([await step('Cancel', one, {}, house.agent), await step('Cancel', one)]).toEqual(['CancelTooLate', 'CANCELED']);
    const other = await held(venue);
    await step('Confirm', other);
    house.clock.turn('2026-12-01T18:20:00.000Z');
    expect(await step('NoShow', other)).toBe('NO_SHOW');
    house.clock.turn('2026-11-30T12:00:00.000Z');
  });

  it('is put at another time, also one that overlaps its own, or stays where it was', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2]] });
    const [one, other] = [await held(venue), await held(venue, { startsAt: '2026-12-01T20:00:00.000Z' })];
    for (const each of [one, other]) await step('Confirm', each);
    const before = await written();
    expect(await step('Reschedule', one, { startsAt: '2026-12-01T19:30:00.000Z' })).toBe('SlotUnavailable');
    for (const [wrong, name] of [[{ partySize: 0 }, 'InputInvalid'], [{ partySize: 10_000 }, 'InputInvalid'], [{ startsAt: '2026-11-29T18:00:00.000Z' }, 'OutsideBookingRules'], [{ startsAt: '2026-12-01T18:10:00.000Z' }, 'OutsideBookingRules']] as const) expect(await step('Reschedule', one, wrong)).toBe(name);
    expect(await written()).toBe(before);
    expect(await step('Reschedule', one, { startsAt: '2026-12-01T17:30:00.000Z', partySize: 1 })).toBe('CONFIRMED');
    expect((await slots(venue, '2026-12-01')).filter(({ state }) => state === 'FREE').map(({ localTime }) => localTime)).toEqual([]);
    expect((await house.query<{ reservation: unknown }>(ONE, { id: one.id })).reservation).toMatchObject({ startsAt: '2026-12-01T17:30:00.000Z', tables: [{ name: 'T1' }] });
  });

  it('is of a customer and came from a conversation, and both lead to it, in one statement for many', async () => {
    const venue = await house.makeVenue({ tables: [[1, 2], [1, 2]] });
    const [customer, conversation] = [newId(), newId()];
    await house.services.customers.createCustomer({ actor: house.manager, correlationId: 'test' }, house.tenant, { id: customer, name: 'Giulia', email: null, phone: null });
    const [customerId, conversationId] = [encodeId('cust', customer), encodeId('conv', conversation)];
    const [one, other] = [await held(venue, { customerId, conversationId }), await held(venue, { customerId, startsAt: '2026-12-01T20:00:00.000Z' })];
    expect((await house.query<{ reservation: unknown }>(ONE, { id: one.id })).reservation).toMatchObject({ customer: { name: 'Giulia' }, conversation: { id: conversationId } });
    const asked = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { reservations { nodes { id } } } ... on Conversation { reservations(first: 1) { nodes { id } } } ... on Reservation { status } } }`;
    const of = [{ __typename: 'Customer', id: customerId }, { __typename: 'Conversation', id: conversationId }, { __typename: 'Conversation', id: encodeId('conv', newId()) }, { __typename: 'Reservation', nodeKey: one.id }];
    expect(await house.query(asked, { of })).toEqual({ _entities: [
      { reservations: { nodes: [{ id: other.id }, { id: one.id }] } }, { reservations: { nodes: [{ id: one.id }] } }, { reservations: { nodes: [] } }, { status: 'HELD' }] });
    const rival = person(newId(), ['booking:read', 'booking:create', 'booking:manage', 'order:read']);
    expect(await house.query(asked, { of }, rival)).toEqual({ _entities: [null, { reservations: { nodes: [] } }, { reservations: { nodes: [] } }, null] });
    expect(await house.query('query ($venueId: ID!) { reservations(venueId: $venueId, date: "2026-12-01", first: 1) { nodes { id } pageInfo { hasNextPage } } }', { venueId: venue.id }))
      .toEqual({ reservations: { nodes: [{ id: one.id }], pageInfo: { hasNextPage: true } } });
    const before = await written();
    expect((await hold(venue, {}, rival)).userErrors).toMatchObject([{ __typename: 'VenueNotFound' }]);
    for (const verb of ['Confirm', 'Cancel', 'Reschedule']) expect(await step(verb, one, {}, rival)).toBe('ReservationNotFound');
    expect(await written()).toBe(before);
  });
});

it('cannot be at a table that another party has, whoever writes it', async () => {
  const venue = await house.makeVenue({ tables: [[1, 2]] });
  const [one, other] = [await held(venue), await held(venue, { startsAt: '2026-12-01T19:30:00.000Z' })];
  expect([one.status, other.status]).toEqual(['HELD', 'HELD']);
  const moved = house.rows(`update commerce.reservation set starts_at = '2026-12-01T19:00:00Z', ends_at = '2026-12-01T20:30:00Z' where id = $1`, [decodeId('rsv', other.id)]);
  await expect(moved).rejects.toMatchObject({ code: '23P01', constraint: 'reservation_table_alone' });
});
