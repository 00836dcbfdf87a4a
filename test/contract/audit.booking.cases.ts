// What the trail tells of venues, reservations and who waits.
import { randomUUID } from 'node:crypto';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { makeVenue, type MadeVenue, type Send } from '../kit/booking.js';
import { conversation } from './audit.work.cases.js';
import type { AuditCase, AuditCases, AuditWorld } from './audit.world.js';

const [AGENT, ADMIN] = ['agent@demo.test', 'admin@demo.test'];
const DAY_MS = 86_400_000;

/** Two tables and two that are put together, at a venue of the case's own. */
export async function venueOf(world: AuditWorld, rules: Record<string, unknown> = {}): Promise<MadeVenue> {
  const by = await world.token(ADMIN);
  const send: Send = async (field, input, select) => await world.done(field, { by, input, select }) as never;
  return makeVenue(send, { tables: [[1, 2], [1, 2]], timeZone: 'UTC', opens: '00:00', closes: '00:00', ...rules });
}
/** Midday, so many days from now. */
export const noonIn = (days: number): string => `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T12:00:00.000Z`;

interface Held { id: string; venue: MadeVenue }
const step = async (world: AuditWorld, verb: string, { id }: { id: string }): Promise<void> => { await world.done(`reservation${verb}`, { by: await world.token(ADMIN), input: { reservationId: id } }); };
export async function heldBy(world: AuditWorld, rules: Record<string, unknown> = {}, verbs: readonly string[] = []): Promise<Held> {
  const venue = await venueOf(world, rules);
  const { reservation } = await world.done('reservationHold', {
    by: await world.token(ADMIN), select: 'reservation { id }', input: { venueId: venue.id, startsAt: noonIn(3), partySize: 2, guestName: 'A name that stays out of the trail', idempotencyKey: randomUUID() },
  });
  const held = { id: (reservation as { id: string }).id, venue };
  for (const verb of verbs) await step(world, verb, held);
  return held;
}
/** What one step makes of a reservation that others have led there. */
const moving = (verbs: readonly string[], before: string, after: string, rules: Record<string, unknown> = {}): AuditCase => async (world) => {
  const [by, { id }] = [await world.token(AGENT), await heldBy(world, rules, verbs)];
  return { by, input: { reservationId: id }, told: () => ({ id, actor: world.of(by).user, before: { status: before }, after: { status: after } }) };
};
const idIn = (payload: Record<string, unknown>, field: string): string => (payload[field] as { id: string }).id;
const contact = async (world: AuditWorld): Promise<{ conversationId: string; customerId: string }> => {
  await conversation(world);
  const { conversations: { nodes } } = await world.query<{ conversations: { nodes: { id: string; contact: { customer: { id: string } | null } }[] } }>('{ conversations { nodes { id contact { customer { id } } } } }', await world.token(AGENT));
  const found = nodes.find(({ contact: { customer } }) => customer !== null);
  if (!found?.contact.customer) throw new Error('No conversation of the demo is with a customer.');
  return { conversationId: found.id, customerId: found.contact.customer.id };
};
const RULES = { name: 'Osteria', timeZone: 'Europe/Rome', slotMinutes: 30, leadMinutes: 0, cancelMinutes: 0, daysAhead: 90, confirmsByHand: false, stays: [{ upTo: 2, minutes: 90 }] };

/** A party that waits for what is never free: its venue is closed. */
export async function waitingAt(world: AuditWorld): Promise<{ id: string; venueId: string }> {
  const { id: venueId } = await venueOf(world);
  await world.done('venueHoursSet', { by: await world.token(ADMIN), input: { venueId, hours: [] } });
  const { entry } = await world.done('waitlistJoin', { by: await world.token(ADMIN), select: 'entry { id }',
    input: { venueId, partySize: 2, earliestAt: noonIn(3), latestAt: noonIn(4), guestName: 'A name that stays out of the trail', idempotencyKey: randomUUID() } });
  return { id: (entry as { id: string }).id, venueId };
}

export const bookingCases: AuditCases = {
  waitlistJoin: async (world) => {
    const [by, { id: venueId }, of] = [await world.token(AGENT), await venueOf(world), await contact(world)];
    const facts = { venueId, partySize: 2, earliestAt: noonIn(3), latestAt: noonIn(4) };
    return { by, input: { ...facts, ...of, idempotencyKey: randomUUID() }, select: 'entry { id }', told: (payload) => ({ id: idIn(payload, 'entry'), actor: world.of(by).user, after: facts }) };
  },
  waitlistLeave: async (world) => {
    const [by, { id }] = [await world.token(AGENT), await waitingAt(world)];
    return { by, input: { waitlistEntryId: id }, told: () => ({ id, actor: world.of(by).user, before: { status: 'WAITING' }, after: { status: 'LEFT' } }) };
  },
  venueCreate: async (world) => {
    const by = await world.token(ADMIN);
    return { by, input: { name: 'Osteria', timeZone: 'Europe/Rome', stays: RULES.stays }, select: 'venue { id }', told: (payload) => ({ id: idIn(payload, 'venue'), actor: world.of(by).user, after: RULES }) };
  },
  venueUpdate: async (world) => {
    const by = await world.token(ADMIN);
    const id = idIn(await world.done('venueCreate', { by, input: { name: 'Osteria', timeZone: 'Europe/Rome', stays: RULES.stays }, select: 'venue { id }' }), 'venue');
    return { by, input: { venueId: id, slotMinutes: 15 }, told: () => ({ id, actor: world.of(by).user, before: { ...RULES, archived: false }, after: { ...RULES, slotMinutes: 15, archived: false } }) };
  },
  venueDepositSet: async (world) => {
    const [by, { id }] = [await world.token(ADMIN), await venueOf(world)];
    const none = { depositFromParty: null, depositMinor: null, currency: null, depositPer: null, depositKept: null };
    return { by, input: { venueId: id, rule: { fromParty: 6, amount: { minor: '1000', currency: 'EUR' }, per: 'PERSON' } },
      told: () => ({ id, actor: world.of(by).user, before: none, after: { depositFromParty: 6, depositMinor: '1000', currency: 'EUR', depositPer: 'PERSON', depositKept: true } }) };
  },
  venueHoursSet: async (world) => {
    const [by, { id }] = [await world.token(ADMIN), await venueOf(world)];
    return { by, input: { venueId: id, hours: [{ weekday: 5, opens: '18:00', closes: '01:00' }] }, told: () => ({ id, actor: world.of(by).user, after: { hours: [{ weekday: 5, opens: '18:00', closes: '25:00' }] } }) };
  },
  venueDaySet: async (world) => {
    const [by, { id }] = [await world.token(ADMIN), await venueOf(world)];
    return { by, input: { venueId: id, day: '2030-12-24', hours: [] }, told: () => ({ id, actor: world.of(by).user, after: { day: '2030-12-24', hours: [] } }) };
  },
  areaCreate: async (world) => {
    const [by, { id }] = [await world.token(ADMIN), await venueOf(world)];
    return { by, input: { venueId: id, name: 'Terrace' }, select: 'area { id }', told: (payload) => ({ id: idIn(payload, 'area'), actor: world.of(by).user, after: { name: 'Terrace', venueId: id } }) };
  },
  areaUpdate: async (world) => {
    const [by, { areaId: id }] = [await world.token(ADMIN), await venueOf(world)];
    return { by, input: { areaId: id, name: 'Terrace' }, told: () => ({ id, actor: world.of(by).user, before: { name: 'Hall', archived: false }, after: { name: 'Terrace', archived: false } }) };
  },
  diningTableCreate: async (world) => {
    const [by, { areaId }] = [await world.token(ADMIN), await venueOf(world)];
    return { by, input: { areaId, name: 'T9', minParty: 1, maxParty: 4 }, select: 'table { id }', told: (payload) => ({ id: idIn(payload, 'table'), actor: world.of(by).user, after: { name: 'T9', areaId, minParty: 1, maxParty: 4 } }) };
  },
  diningTableUpdate: async (world) => {
    const [by, { tableIds: [id = ''] }] = [await world.token(ADMIN), await venueOf(world)];
    const was = { name: 'T1', minParty: 1, maxParty: 2 };
    return { by, input: { tableId: id, archived: true }, told: () => ({ id, actor: world.of(by).user, before: { ...was, archived: false }, after: { ...was, archived: true } }) };
  },
  tableCombinationCreate: async (world) => {
    const [by, { id: venueId, tableIds }] = [await world.token(ADMIN), await venueOf(world)];
    const facts = { name: 'Long', minParty: 3, maxParty: 4 };
    return { by, input: { ...facts, venueId, tableIds }, select: 'combination { id }', told: (payload) => ({ id: idIn(payload, 'combination'), actor: world.of(by).user, after: { ...facts, venueId, tableIds: tableIds.toSorted() } }) };
  },
  tableCombinationUpdate: async (world) => {
    const [by, { id: venueId, tableIds }] = [await world.token(ADMIN), await venueOf(world)];
    const facts = { name: 'Long', minParty: 3, maxParty: 4 };
    const id = idIn(await world.done('tableCombinationCreate', { by, input: { ...facts, venueId, tableIds }, select: 'combination { id }' }), 'combination');
    return { by, input: { combinationId: id, maxParty: 5 }, told: () => ({ id, actor: world.of(by).user, before: { ...facts, archived: false }, after: { ...facts, maxParty: 5, archived: false } }) };
  },
  blockedPeriodCreate: async (world) => {
    const [by, { id: venueId, tableIds: [tableId] }] = [await world.token(ADMIN), await venueOf(world)];
    const facts = { venueId, tableId, startsAt: noonIn(5), endsAt: noonIn(6) };
    return { by, input: { ...facts, reason: 'A reason that stays out of the trail' }, select: 'period { id }', told: (payload) => ({ id: idIn(payload, 'period'), actor: world.of(by).user, after: facts }) };
  },
  blockedPeriodDelete: async (world) => {
    const [by, { id: venueId }] = [await world.token(ADMIN), await venueOf(world)];
    const facts = { venueId, startsAt: noonIn(5), endsAt: noonIn(6) };
    const id = idIn(await world.done('blockedPeriodCreate', { by, input: facts, select: 'period { id }' }), 'period');
    return { by, input: { periodId: id }, told: () => ({ id, actor: world.of(by).user, before: { ...facts, tableId: null } }) };
  },
  reservationHold: async (world) => {
    const [by, { id: venueId, areaId }, of] = [await world.token(AGENT), await venueOf(world), await contact(world)];
    const facts = { venueId, startsAt: noonIn(3), partySize: 2, ...of };
    return { by, input: { ...facts, areaId, guestName: 'A name that stays out of the trail', idempotencyKey: randomUUID() }, select: 'reservation { id }',
      told: (payload) => ({ id: idIn(payload, 'reservation'), actor: world.of(by).user, after: facts }) };
  },
  reservationConfirm: moving([], 'HELD', 'CONFIRMED'),
  reservationAccept: moving(['Confirm'], 'PENDING', 'CONFIRMED', { confirmsByHand: true }),
  reservationDecline: moving(['Confirm'], 'PENDING', 'DECLINED', { confirmsByHand: true }),
  reservationCancel: moving(['Confirm'], 'CONFIRMED', 'CANCELED'),
  reservationReschedule: async (world) => {
    const [by, { id }] = [await world.token(AGENT), await heldBy(world, {}, ['Confirm'])];
    return { by, input: { reservationId: id, startsAt: noonIn(4) }, told: () => ({ id, actor: world.of(by).user, before: { startsAt: noonIn(3), partySize: 2 }, after: { startsAt: noonIn(4), partySize: 2 } }) };
  },
  reservationArrive: moving(['Confirm'], 'CONFIRMED', 'ARRIVED'),
  reservationSeat: moving(['Confirm', 'Arrive'], 'ARRIVED', 'SEATED'),
  reservationComplete: moving(['Confirm', 'Arrive', 'Seat'], 'SEATED', 'COMPLETED'),
  reservationNoShow: async (world) => {
    const [by, { id }] = [await world.token(AGENT), await heldBy(world, {}, ['Confirm'])];
    // Its time came a moment ago.
    await world.admin.query(`update commerce.reservation set starts_at = now() - interval '1 minute', ends_at = now() + interval '1 hour' where id = $1`, [decodeId('rsv', id)]);
    return { by, input: { reservationId: id }, told: () => ({ id, actor: world.of(by).user, before: { status: 'CONFIRMED' }, after: { status: 'NO_SHOW' } }) };
  },
};
