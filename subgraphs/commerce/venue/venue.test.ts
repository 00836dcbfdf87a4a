// Venues: made, changed, taken out of use; what is wrong is refused with its path and nothing is written; the clock on the wall.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestBooking, type MadeVenue } from '../../../test/kit/booking.js';
import { person } from '../../../test/kit/subgraph.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { boundOf, instantsOf, isDay, minutesOf, wallAt, weekdayOf } from './wall.js';

const VENUE = `query ($id: ID!) { venue(id: $id) { id name timeZone slotMinutes leadMinutes cancelMinutes daysAhead confirmsByHand stays { upTo minutes } archivedAt
  openingHours { weekday day opens closes } areas { name } tables { name minParty maxParty area { name } archivedAt } combinations { name tables { name } } } }`;

let house: TestBooking;
let venue: MadeVenue;
beforeAll(async () => {
  house = await TestBooking.boot();
  venue = await house.makeVenue({ tables: [[1, 2], [2, 4]] });
});
afterAll(() => house?.close());

const count = async (): Promise<string> => JSON.stringify(await house.rows(`select (select count(*) from commerce.venue) as v, (select count(*) from commerce.area) as a, (select count(*) from commerce.dining_table) as t,
  (select count(*) from commerce.table_combination) as c, (select count(*) from commerce.combined_table) as m, (select md5(string_agg(o::text, '' order by id)) from commerce.opening o) as o, (select count(*) from commerce.blocked_period) as b`));

describe('a venue', () => {
  it('is read with all that is in it, in the same statements however much that is', async () => {
    const { combination } = await house.send('tableCombinationCreate', { venueId: venue.id, name: 'Both', tableIds: venue.tableIds, minParty: 5, maxParty: 6 }, 'combination { id }');
    expect(combination).toMatchObject({ id: expect.stringMatching(/^comb_/) });
    await house.send('venueDaySet', { venueId: venue.id, day: '2026-12-24', hours: [] });
    await house.send('venueDaySet', { venueId: venue.id, day: '2026-12-31', hours: [{ opens: '19:00', closes: '02:00' }] });
    const start = house.subject.running.database.statements;
    const { venue: found } = await house.query<{ venue: Record<string, unknown> }>(VENUE, { id: venue.id });
    // begin, venue, hours, areas, tables, combinations, tables of combinations and areas of tables, commit
    expect(house.subject.running.database.statements - start).toBeLessThanOrEqual(9);
    expect(found).toMatchObject({
      name: 'Trattoria', timeZone: 'Europe/Rome', slotMinutes: 30, leadMinutes: 0, daysAhead: 90, confirmsByHand: false, archivedAt: null, areas: [{ name: 'Hall' }],
      tables: [{ name: 'T1', minParty: 1, maxParty: 2, area: { name: 'Hall' } }, { name: 'T2' }], combinations: [{ name: 'Both', tables: [{ name: 'T1' }, { name: 'T2' }] }],
    });
    const hours = found['openingHours'] as { weekday: number | null }[];
    expect(hours.filter(({ weekday }) => weekday !== null)).toHaveLength(7);
    expect(hours.filter(({ weekday }) => weekday === null)).toEqual([
      { weekday: null, day: '2026-12-24', opens: null, closes: null }, { weekday: null, day: '2026-12-31', opens: '19:00', closes: '26:00' },
    ]);
  });

  it("is nobody else's, and needs its permissions", async () => {
    const rival = person(newId(), ['booking:read', 'booking:manage']);
    expect(await house.subject.ask(VENUE, { id: venue.id }, rival)).toEqual({ data: { venue: null } });
    expect((await house.subject.ask('{ venues { nodes { id } } }', {}, rival)).data).toEqual({ venues: { nodes: [] } });
    expect((await house.subject.ask('{ venues { nodes { id } } }', {}, house.agent)).data).toEqual({ venues: { nodes: [{ id: venue.id }] } });
    const before = await count();
    for (const [field, input, name] of [
      ['venueUpdate', { venueId: venue.id, name: 'Mine' }, 'VenueNotFound'], ['venueHoursSet', { venueId: venue.id, hours: [] }, 'VenueNotFound'],
      ['areaCreate', { venueId: venue.id, name: 'Mine' }, 'VenueNotFound'], ['diningTableCreate', { areaId: venue.areaId, name: 'Mine', minParty: 1, maxParty: 2 }, 'PlaceNotFound'],
      ['diningTableUpdate', { tableId: venue.tableIds[0], archived: true }, 'PlaceNotFound'],
      ['blockedPeriodCreate', { venueId: venue.id, startsAt: '2026-12-01T10:00:00Z', endsAt: '2026-12-01T12:00:00Z' }, 'VenueNotFound'],
    ] as const) expect([field, (await house.send(field, input, '__typename', rival)).userErrors[0]?.__typename]).toEqual([field, name]);
    expect(await count()).toBe(before);
    await expect(house.send('areaCreate', { venueId: venue.id, name: 'x' }, '__typename', house.agent)).rejects.toThrow('booking:manage');
  });

  const there = { venueId: () => venue.id, areaId: () => venue.areaId, tableIds: () => venue.tableIds, table: () => venue.tableIds[0] };
  it.each<[string, () => Record<string, unknown>, string, string[]]>([
    ['venueCreate', () => ({ name: ' ', timeZone: 'Europe/Rome', stays: [{ upTo: 2, minutes: 90 }] }), 'InputInvalid', ['name']],
    ['venueCreate', () => ({ name: 'x', timeZone: '+02:00', stays: [{ upTo: 2, minutes: 90 }] }), 'InputInvalid', ['timeZone']],
    ['venueCreate', () => ({ name: 'x', timeZone: 'Europe/Rome', stays: [] }), 'InputInvalid', ['stays']],
    ['venueCreate', () => ({ name: 'x', timeZone: 'Europe/Rome', stays: [{ upTo: 2, minutes: 0 }] }), 'InputInvalid', ['stays', 'minutes']],
    ['venueCreate', () => ({ name: 'x', timeZone: 'Europe/Rome', slotMinutes: 1, stays: [{ upTo: 2, minutes: 90 }] }), 'InputInvalid', ['slotMinutes']],
    ['venueHoursSet', () => ({ venueId: there.venueId(), hours: [{ weekday: 8, opens: '10:00', closes: '11:00' }] }), 'InputInvalid', ['hours', 'weekday']],
    ['venueHoursSet', () => ({ venueId: there.venueId(), hours: [{ weekday: 1, opens: '24:00', closes: '11:00' }] }), 'InputInvalid', ['hours', 'opens']],
    ['venueHoursSet', () => ({ venueId: there.venueId(), hours: [{ weekday: 1, opens: '10:00', closes: '14:00' }, { weekday: 1, opens: '13:00', closes: '15:00' }] }), 'InputInvalid', ['hours']],
    ['venueDaySet', () => ({ venueId: there.venueId(), day: '2026-02-30', hours: [] }), 'InputInvalid', ['day']],
    ['venueUpdate', () => ({ venueId: encodeId('ven', newId()), name: 'x' }), 'VenueNotFound', ['venueId']],
    ['areaCreate', () => ({ venueId: there.venueId(), name: 'HALL' }), 'PlaceNameTaken', ['name']],
    ['diningTableCreate', () => ({ areaId: there.areaId(), name: 'T9', minParty: 0, maxParty: 4 }), 'InputInvalid', ['minParty']],
    ['diningTableCreate', () => ({ areaId: there.areaId(), name: 'T9', minParty: 4, maxParty: 2 }), 'InputInvalid', ['maxParty']],
    ['diningTableUpdate', () => ({ tableId: there.table(), maxParty: 10_000 }), 'InputInvalid', ['maxParty']],
    ['tableCombinationCreate', () => ({ venueId: there.venueId(), name: 'c', tableIds: [there.table(), there.table()], minParty: 5, maxParty: 6 }), 'InputInvalid', ['tableIds']],
    ['tableCombinationCreate', () => ({ venueId: there.venueId(), name: 'c', tableIds: [there.table(), encodeId('tbl', newId())], minParty: 5, maxParty: 6 }), 'PlaceNotFound', ['tableIds']],
    ['blockedPeriodCreate', () => ({ venueId: there.venueId(), startsAt: '2026-11-01T10:00:00Z', endsAt: '2026-11-01T12:00:00Z' }), 'InputInvalid', ['endsAt']],
    ['blockedPeriodCreate', () => ({ venueId: there.venueId(), tableId: encodeId('tbl', newId()), startsAt: '2026-12-01T10:00:00Z', endsAt: '2026-12-01T12:00:00Z' }), 'PlaceNotFound', ['tableId']],
  ])('refuses %s of what is wrong, by its path, and writes nothing (%#)', async (field, input, name, path) => {
    const before = await count();
    expect((await house.send(field, input())).userErrors).toEqual([expect.objectContaining({ __typename: name, field: ['input', ...path] })]);
    expect(await count()).toBe(before);
  });

  it('goes out of use and comes back, and its name is free meanwhile', async () => {
    const [id] = venue.tableIds;
    const { table } = await house.send('diningTableUpdate', { tableId: id, archived: true }, 'table { archivedAt }');
    expect(table).toEqual({ archivedAt: house.clock.now().toISOString() });
    const { table: second } = await house.send('diningTableCreate', { areaId: venue.areaId, name: 't1', minParty: 1, maxParty: 2 }, 'table { id }');
    expect((await house.send('diningTableUpdate', { tableId: id, archived: false })).userErrors).toMatchObject([{ __typename: 'PlaceNameTaken' }]);
    await house.send('diningTableUpdate', { tableId: (second as { id: string }).id, archived: true });
    expect((await house.send('diningTableUpdate', { tableId: id, archived: false }, 'table { archivedAt }')).table).toEqual({ archivedAt: null });
  });

  it('has times that are given to nobody, until they are over or taken back', async () => {
    const { period } = await house.send('blockedPeriodCreate', { venueId: venue.id, startsAt: '2026-12-01T10:00:00Z', endsAt: '2026-12-01T12:00:00Z', reason: 'Painting' }, 'period { id table { id } reason }');
    expect(period).toMatchObject({ table: null, reason: 'Painting' });
    const blocked = () => house.query<{ blockedPeriods: { nodes: unknown[] } }>('query ($id: ID!) { blockedPeriods(venueId: $id) { nodes { id } } }', { id: venue.id });
    expect((await blocked()).blockedPeriods.nodes).toEqual([{ id: (period as { id: string }).id }]);
    await house.send('blockedPeriodDelete', { periodId: (period as { id: string }).id });
    expect((await blocked()).blockedPeriods.nodes).toEqual([]);
  });
});

describe('the clock on the wall', () => {
  const at = (zone: string, day: string, clock: string): string[] => instantsOf(zone, day, minutesOf(clock) ?? 0).map((one) => one.toISOString());

  // Transitions as the tz database has them: Rome 2026-03-29 01:00Z and 2026-10-25 01:00Z, New York 2026-03-08 07:00Z, Lord Howe (half an hour) 2026-04-04 15:00Z.
  it.each<[string, string, string, string[]]>([
    ['Europe/Rome', '2026-01-10', '02:30', ['2026-01-10T01:30:00.000Z']],
    ['Europe/Rome', '2026-03-29', '01:59', ['2026-03-29T00:59:00.000Z']],
    ['Europe/Rome', '2026-03-29', '02:30', []],
    ['Europe/Rome', '2026-03-29', '03:00', ['2026-03-29T01:00:00.000Z']],
    ['Europe/Rome', '2026-10-25', '02:30', ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']],
    ['America/New_York', '2026-03-08', '02:15', []],
    ['Australia/Lord_Howe', '2026-04-05', '01:45', ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z']],
    ['Asia/Kathmandu', '2026-06-01', '00:00', ['2026-05-31T18:15:00.000Z']],
    ['UTC', '2026-12-31', '23:59', ['2026-12-31T23:59:00.000Z']],
  ])('%s %s shows %s at %j', (zone, day, clock, instants) => expect(at(zone, day, clock)).toEqual(instants));

  it('first shows what it is put past when it has been', () => {
    expect(boundOf('Europe/Rome', '2026-03-29', 150).toISOString()).toBe('2026-03-29T01:00:00.000Z');
    expect(boundOf('Europe/Rome', '2026-10-25', 150).toISOString()).toBe('2026-10-25T00:30:00.000Z');
    expect(boundOf('Europe/Rome', '2026-03-28', 1_440 + 150).toISOString()).toBe('2026-03-29T01:00:00.000Z');
  });

  it('tells day and time of an instant, and which days there are', () => {
    expect(wallAt('Pacific/Auckland', new Date('2026-11-29T11:30:00Z'))).toEqual({ day: '2026-11-30', minutes: 30 });
    expect([weekdayOf('2026-11-29'), weekdayOf('2026-11-30')]).toEqual([7, 1]);
    expect(['2026-02-29', '2028-02-29', '2026-13-01', '1999-01-01', '2026-1-1', ''].map(isDay)).toEqual([false, true, false, false, false, false]);
  });
});
