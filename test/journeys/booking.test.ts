// From outside: a venue opens, a guest who wrote finds a table free, holds and confirms it, comes, sits and goes; of two who want the last one, one gets it; who waits is offered what is given back; another tenant sees nothing of it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { makeVenue, type MadeVenue } from '../kit/booking.js';
import { encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

type Payload = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null }[] };

let platform: TestPlatform;
let [agent, admin, rival] = ['', '', ''];
let venue: MadeVenue;

beforeAll(async () => {
  platform = await bootPlatform();
  [agent, admin, rival] = await Promise.all([platform.signIn('agent@demo.test'), platform.signIn('admin@demo.test'), platform.signIn('owner@rival.test')]);
  venue = await makeVenue((field, input, select) => send(field, input, select, admin) as never, { tables: [[1, 2]], timeZone: 'Europe/Rome' });
});
afterAll(() => platform?.stop());

async function send(field: string, input: Record<string, unknown>, select: string, token = agent): Promise<Payload> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await platform.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Payload;
}
const day = (ahead: number): string => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
const available = async (token = agent): Promise<{ slots: { startsAt: string; localTime: string; state: string }[] } | null> =>
  (await platform.ask(operation('availability'), { venueId: venue.id, date: day(7), partySize: 2 }, token)).data?.['availability'] as never;
const hold = async (startsAt: string, more: Record<string, unknown>, token = agent): Promise<Payload> =>
  (await platform.ask(operation('reservation-hold'), { input: { venueId: venue.id, startsAt, partySize: 2, ...more } }, token)).data?.['reservationHold'] as Payload;

it('is an evening at a venue', async () => {
  const free = await available();
  const slot = free?.slots.find(({ localTime }) => localTime === '20:00');
  expect(slot?.state).toBe('FREE');
  const startsAt = slot?.startsAt ?? '';
  await platform.deliver('A table for two, next week?');
  const talks = async (): Promise<{ id: string; contact: { customer: { id: string; name: string } | null } }[]> =>
    ((await platform.ask('{ conversations { nodes { id contact { customer { id name } } } } }', {}, agent)).data as { conversations: { nodes: never[] } }).conversations.nodes;
  await until(async () => (await talks()).length > 0, 'the customer has written');
  const talk = (await talks()).find(({ contact }) => contact.customer !== null);

  // A double click: one hold.
  const asked = { customerId: talk?.contact.customer?.id, conversationId: talk?.id, guestName: 'Giulia', idempotencyKey: 'evening-1' };
  const [first, again] = await Promise.all([hold(startsAt, asked), hold(startsAt, asked)]);
  expect([first.userErrors, again.userErrors]).toEqual([[], []]);
  const { id } = first['reservation'] as { id: string };
  expect((again['reservation'] as { id: string }).id).toBe(id);
  // Somebody else wants it too.
  expect((await hold(startsAt, { idempotencyKey: 'evening-2' })).userErrors).toMatchObject([{ __typename: 'SlotUnavailable', field: ['input', 'startsAt'] }]);
  const late = await Promise.all(['a', 'b'].map((key) => hold(free?.slots[0]?.startsAt ?? '', { idempotencyKey: key })));
  expect(late.map(({ userErrors }) => userErrors[0]?.__typename ?? 'held').toSorted()).toEqual(['SlotUnavailable', 'held']);

  const confirmed = (await platform.ask(operation('reservation-confirm'), { input: { reservationId: id } }, agent)).data?.['reservationConfirm'];
  expect(confirmed).toMatchObject({ reservation: { id, status: 'CONFIRMED' }, userErrors: [] });
  for (const [verb, status] of [['Arrive', 'ARRIVED'], ['Seat', 'SEATED'], ['Complete', 'COMPLETED']]) {
    expect(await send(`reservation${verb}`, { reservationId: id }, 'reservation { status }')).toMatchObject({ reservation: { status }, userErrors: [] });
  }

  // From the conversation to the reservation and back, through the graph.
  const talked = await platform.ask('query ($id: ID!) { conversation(id: $id) { reservations { nodes { id customer { name } conversation { id status } venue { name } history { to } } } } }', { id: talk?.id }, agent);
  expect(talked).toMatchObject({ data: { conversation: { reservations: { nodes: [{
    id, customer: { name: talk?.contact.customer?.name }, conversation: { id: talk?.id, status: expect.any(String) }, venue: { name: 'Trattoria' },
    history: ['COMPLETED', 'SEATED', 'ARRIVED', 'CONFIRMED', 'HELD'].map((to) => ({ to })),
  }] } } } });

  // What is wrong is told by its path, through the gateway too.
  const wrong: [Record<string, unknown>, string, string][] = [
    [{ partySize: 0 }, 'InputInvalid', 'partySize'], [{ partySize: 10_000 }, 'InputInvalid', 'partySize'], [{ startsAt: '2020-01-01T18:00:00Z' }, 'OutsideBookingRules', 'startsAt'],
    [{ startsAt: `${day(7)}T03:00:00Z` }, 'OutsideBookingRules', 'startsAt'], [{ customerId: encodeId('cust', newId()) }, 'CustomerNotFound', 'customerId'],
  ];
  for (const [input, name, path] of wrong) expect((await hold(startsAt, { idempotencyKey: newId(), ...input })).userErrors).toMatchObject([{ __typename: name, field: ['input', path] }]);

  // Who waits for the first table of the evening is offered it as soon as it is given back: the workers see to that.
  const early = free?.slots[0]?.startsAt ?? '';
  const { entry } = await send('waitlistJoin', { venueId: venue.id, partySize: 2, earliestAt: early, latestAt: early, idempotencyKey: 'wait-1' }, 'entry { id status }');
  const { id: entryId } = entry as { id: string };
  const offered = async () => ((await platform.ask('query ($id: ID!) { waitlistEntry(id: $id) { status reservation { id status startsAt } } }', { id: entryId }, agent)).data as { waitlistEntry: { status: string; reservation: { id: string } | null } }).waitlistEntry;
  expect((await offered()).status).toBe('WAITING');
  const holder = late.map(({ reservation }) => reservation as { id: string } | null).find((one) => one);
  await send('reservationCancel', { reservationId: holder?.id }, '__typename');
  await until(async () => (await offered()).status === 'OFFERED', 'who waits is offered the table', 15_000);
  expect(await send('reservationConfirm', { reservationId: (await offered()).reservation?.id }, 'reservation { status startsAt }')).toMatchObject({ reservation: { status: 'CONFIRMED', startsAt: early } });
  expect((await offered()).status).toBe('ACCEPTED');

  // Nobody of another tenant sees or changes any of it.
  expect(await available(rival)).toBeNull();
  expect((await platform.ask('query ($id: ID!) { node(id: $id) { id } reservation(id: $id) { id } }', { id }, rival)).data).toEqual({ node: null, reservation: null });
  expect((await platform.ask('query ($id: ID!) { node(id: $id) { id __typename } }', { id }, agent)).data).toEqual({ node: { id, __typename: 'Reservation' } });
  expect((await send('reservationCancel', { reservationId: id }, '__typename', rival)).userErrors).toMatchObject([{ __typename: 'ReservationNotFound', field: ['input', 'reservationId'] }]);
  expect((await hold(startsAt, { idempotencyKey: 'rival' }, rival)).userErrors).toMatchObject([{ __typename: 'VenueNotFound' }]);
  // Who runs the floor does not move its tables.
  expect((await platform.ask('mutation ($input: AreaCreateInput!) { areaCreate(input: $input) { userErrors { code } } }', { input: { venueId: venue.id, name: 'Mine' } }, agent)).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
});
