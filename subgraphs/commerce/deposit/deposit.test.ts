// Deposits: a table waits for one, stands once it is there, and gives it back or keeps it; a payment that comes too late is honoured or goes back, and nothing is done twice.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeVenue, type MadeVenue } from '../../../test/kit/booking.js';
import { stripeEvent, TestPayments } from '../../../test/kit/payments.js';
import { person } from '../../../test/kit/subgraph.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { commerceDoor } from '../public.js';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const RULE = { fromParty: 2, amount: { minor: '1000', currency: 'EUR' }, per: 'PERSON', keptWhenLate: true };
const ONE = `reservation(id: $id) { status heldUntil deposit { amount { minor } status paid { minor } returned { minor } keptWhenLate }
  payments { id state captured { minor } refunded { minor } refunds { state } order { id } reservation { id } events { kind } } history { to } }`;

interface Seen { status: string; heldUntil: string | null; deposit: { status: string } | null; payments: { id: string; state: string }[]; history: { to: string }[] }

let till: TestPayments;
let venue: MadeVenue;
/** Each test has an evening of its own. */
let evenings = 3;
beforeAll(async () => {
  till = await TestPayments.boot();
  venue = await makeVenue((field, input, select) => till.shop.send(field, input, select) as never, { tables: [[1, 4]], timeZone: 'UTC', opens: '00:00', closes: '00:00', cancelMinutes: 60, daysAhead: 400 });
  await till.shop.done('venueDepositSet', { venueId: venue.id, rule: RULE }, 'venue { deposit { fromParty amount { minor } per keptWhenLate } }');
});
afterAll(() => till?.close());

/** Midday, so many days from the time that the clock shows. */
const evening = (): string => `${new Date(till.shop.clock.now().getTime() + (evenings += 1) * DAY_MS).toISOString().slice(0, 10)}T12:00:00.000Z`;
const holding = (startsAt: string, more: Record<string, unknown> = {}) => till.shop.send('reservationHold', { venueId: venue.id, startsAt, partySize: 2, idempotencyKey: newId(), ...more }, 'reservation { id }');
async function held(startsAt = evening(), more: Record<string, unknown> = {}): Promise<string> {
  const { reservation, userErrors } = await holding(startsAt, more);
  if (!reservation) throw new Error(JSON.stringify(userErrors));
  return (reservation as { id: string }).id;
}
const look = async (id: string): Promise<Seen> => (await till.shop.query<{ reservation: Seen }>(`query ($id: ID!) { ${ONE} }`, { id })).reservation;
const step = async (verb: string, id: string, more: Record<string, unknown> = {}): Promise<string> => {
  const { reservation, userErrors } = await till.shop.send(`reservation${verb}`, { reservationId: id, ...more }, 'reservation { status }');
  return (reservation as { status: string } | null)?.status ?? userErrors[0]?.__typename ?? '';
};
const wish = async (id: string, more: Record<string, unknown> = {}): Promise<string> => {
  const { payment, userErrors } = await till.shop.send('paymentCreate', { reservationId: id, paymentAccountId: till.accountId, idempotencyKey: newId(), ...more }, 'payment { id }');
  return (payment as { id: string } | null)?.id ?? userErrors[0]?.__typename ?? '';
};
async function paid(id: string, more: Record<string, unknown> = {}): Promise<string> {
  const payment = await wish(id, more);
  await till.act('paymentConfirm', payment, { paymentMethodId: 'pm_card_visa' });
  return payment;
}
/** The customer's device pays, and nobody has heard of it here. */
const payUnheard = async (payment: string): Promise<string> => {
  const external = await till.external(payment);
  await till.script('/_authenticate', { id: external });
  return external;
};
const hook = async (external: string): Promise<void> => {
  await till.hook(stripeEvent('payment_intent.succeeded', { id: external, object: 'payment_intent' }));
  await till.work();
};
const refunds = async (external: string): Promise<number> => (await till.sent()).filter(({ path, repeated, form }) => path === '/v1/refunds' && !repeated && form['payment_intent'] === external).length;

describe('a hold against a deposit', () => {
  it('is not confirmed without it, waits while somebody pays, and stands as soon as it is there, once', async () => {
    const id = await held();
    expect(await look(id)).toMatchObject({ status: 'HELD', deposit: { amount: { minor: '2000' }, status: 'DUE', paid: { minor: '0' }, keptWhenLate: true }, payments: [] });
    expect((await till.shop.send('reservationConfirm', { reservationId: id }, 'reservation { id }')).userErrors).toMatchObject([{ __typename: 'DepositRequired', field: ['input', 'reservationId'] }]);
    till.shop.clock.advance(10 * MINUTE_MS);
    const before = (await look(id)).heldUntil ?? '';
    const payment = await wish(id);
    const until = Date.parse((await look(id)).heldUntil ?? '');
    expect(until).toBeGreaterThan(Date.parse(before));
    expect(await wish(id)).toBe('PaymentOpen');
    // Past what it was held for at first: the payment has lengthened it.
    till.shop.clock.advance(10 * MINUTE_MS);
    const external = await payUnheard(payment);
    await Promise.all([hook(external), till.act('paymentConfirm', payment), hook(external)]);
    const stands = await look(id);
    expect(stands).toMatchObject({
      status: 'CONFIRMED', deposit: { status: 'PAID', paid: { minor: '2000' } }, history: [{ to: 'CONFIRMED' }, { to: 'HELD' }],
      payments: [{ id: payment, state: 'SUCCEEDED', order: null, reservation: { id }, events: [{ kind: 'CREATED' }, { kind: 'CAPTURED' }] }],
    });
    expect([await step('Confirm', id), await wish(id)]).toEqual(['CONFIRMED', 'DepositNotDue']);
    const created = (await till.sent()).find((one) => one.id === external && one.path === '/v1/payment_intents');
    expect(created?.form).toMatchObject({ amount: '2000', 'metadata[reservation_id]': decodeId('rsv', id) });
    // A party that grows does not pass by its deposit, but by the hand of who manages.
    const guest = person(till.shop.tenantId, ['booking:read', 'booking:create']);
    expect((await till.shop.send('reservationReschedule', { reservationId: id, partySize: 4 }, '__typename', guest)).userErrors).toMatchObject([{ __typename: 'DepositRequired', field: ['input', 'partySize'] }]);
    expect(await step('Reschedule', id, { partySize: 4 })).toBe('CONFIRMED');
  });

  it('is paid by hand, in parts, or held by the provider; and one too small for the rule pays nothing', async () => {
    const cash = await held();
    const record = (minor: string) => till.shop.send('paymentRecord', { reservationId: cash, method: 'CASH', amount: { minor, currency: 'EUR' }, idempotencyKey: newId() }, 'payment { state }');
    await record('500');
    expect([(await look(cash)).status, await step('Confirm', cash)]).toEqual(['HELD', 'DepositRequired']);
    expect((await record('1501')).userErrors).toMatchObject([{ __typename: 'InputInvalid', field: ['input', 'amount', 'minor'] }]);
    await record('1500');
    expect(await look(cash)).toMatchObject({ status: 'CONFIRMED', deposit: { status: 'PAID' } });
    // Paid by hand while a payment is open: that is called off.
    const both = await held();
    const open = await wish(both);
    await till.shop.done('paymentRecord', { reservationId: both, method: 'CASH', idempotencyKey: newId() }, 'payment { id }');
    await till.work();
    expect([(await till.look(open)).state, (await look(both)).deposit?.status]).toEqual(['CANCELED', 'PAID']);
    // Nobody but staff gives back what staff took.
    expect([await step('Cancel', cash), (await look(cash)).deposit?.status]).toEqual(['CANCELED', 'TO_RETURN']);
    const authorized = await held();
    const payment = await paid(authorized, { manualCapture: true });
    expect(await look(authorized)).toMatchObject({ status: 'CONFIRMED', deposit: { status: 'AUTHORIZED' } });
    await step('Cancel', authorized);
    await till.work();
    expect([(await till.look(payment)).state, (await look(authorized)).deposit?.status]).toEqual(['CANCELED', 'LAPSED']);
    const small = await held(evening(), { partySize: 1 });
    expect([(await look(small)).deposit, await wish(small), await step('Confirm', small)]).toEqual([null, 'DepositNotDue', 'CONFIRMED']);
  });

  it('gives back to who cancels in time, once, also when the provider dies after it has; who cancels late or stays away pays', async () => {
    const id = await held();
    const external = await till.external(await paid(id));
    expect(await step('Cancel', id)).toBe('CANCELED');
    expect((await look(id)).deposit?.status).toBe('RETURNING');
    await till.next({ drop: 'after' }, { status: 500 });
    await till.work();
    till.shop.clock.advance(MINUTE_MS);
    await till.work();
    expect(await look(id)).toMatchObject({ deposit: { status: 'RETURNED', returned: { minor: '2000' } }, payments: [{ refunds: [{ state: 'SUCCEEDED' }] }] });
    await hook(external);
    expect(await refunds(external)).toBe(1);

    const startsAt = evening();
    const late = await held(startsAt);
    const kept = await till.external(await paid(late));
    till.shop.clock.advance(Date.parse(startsAt) - till.shop.clock.now().getTime() - 30 * MINUTE_MS);
    expect([await step('Cancel', late), (await look(late)).deposit?.status]).toEqual(['CANCELED', 'KEPT']);
    const next = new Date(Date.parse(startsAt) + 2 * DAY_MS).toISOString();
    const away = await held(next);
    // What the provider only held is taken then.
    await paid(away, { manualCapture: true });
    till.shop.clock.advance(Date.parse(next) - till.shop.clock.now().getTime() + MINUTE_MS);
    expect(await step('NoShow', away)).toBe('NO_SHOW');
    await till.work();
    expect(await look(away)).toMatchObject({ deposit: { status: 'KEPT', paid: { minor: '2000' } }, payments: [{ state: 'SUCCEEDED' }] });
    expect(await refunds(kept)).toBe(0);
  });

  it('that a venue does not keep goes back late too, and one that is refused by staff in any case', async () => {
    await till.shop.done('venueDepositSet', { venueId: venue.id, rule: { ...RULE, per: 'BOOKING', keptWhenLate: false } }, 'venue { id }');
    const startsAt = evening();
    const id = await held(startsAt);
    await paid(id);
    expect(await look(id)).toMatchObject({ deposit: { amount: { minor: '1000' }, status: 'PAID', keptWhenLate: false } });
    till.shop.clock.advance(Date.parse(startsAt) - till.shop.clock.now().getTime() + MINUTE_MS);
    expect(await step('NoShow', id)).toBe('NO_SHOW');
    await till.work();
    expect((await look(id)).deposit?.status).toBe('RETURNED');
    await till.shop.done('venueUpdate', { venueId: venue.id, confirmsByHand: true }, 'venue { id }');
    const asked = await held();
    await paid(asked);
    expect([(await look(asked)).status, await step('Decline', asked)]).toEqual(['PENDING', 'DECLINED']);
    await till.work();
    expect((await look(asked)).deposit?.status).toBe('RETURNED');
    await till.shop.done('venueUpdate', { venueId: venue.id, confirmsByHand: false }, 'venue { id }');
    await till.shop.done('venueDepositSet', { venueId: venue.id, rule: RULE }, 'venue { id }');
  });
});

describe('a payment that comes after its hold is over', () => {
  const expire = async (id: string): Promise<void> => {
    till.shop.clock.advance(60 * MINUTE_MS);
    expect(await commerceDoor(till.shop.subject.running.services).expireHold({ tenantId: till.shop.tenantId, reservationId: decodeId('rsv', id) ?? '' })).toBe(true);
  };

  it('is honoured when the table is still free', async () => {
    const id = await held();
    const payment = await wish(id);
    const external = await payUnheard(payment);
    await expire(id);
    expect(await look(id)).toMatchObject({ status: 'EXPIRED' });
    // It was called off at the same time: the provider says that it is too late for that.
    await hook(external);
    expect(await look(id)).toMatchObject({ status: 'CONFIRMED', deposit: { status: 'PAID' }, history: [{ to: 'CONFIRMED' }, { to: 'EXPIRED' }, { to: 'HELD' }] });
    expect(await refunds(external)).toBe(0);
  });

  it('goes back when somebody else has the table, and of two who pay for it one gets it', async () => {
    const startsAt = evening();
    const first = await held(startsAt);
    const external = await payUnheard(await wish(first));
    till.shop.clock.advance(60 * MINUTE_MS);
    // Who holds it now ends what is over, in the same transaction.
    const second = await held(startsAt);
    expect((await look(first)).status).toBe('EXPIRED');
    await paid(second);
    await hook(external);
    await till.work();
    expect([await look(first), await look(second)]).toMatchObject([
      { status: 'EXPIRED', deposit: { status: 'RETURNED', paid: { minor: '2000' }, returned: { minor: '2000' } }, payments: [{ state: 'SUCCEEDED' }] }, { status: 'CONFIRMED', deposit: { status: 'PAID' } }]);
    await hook(external);
    expect(await refunds(external)).toBe(1);
  });

  it('is called off with the hold while nobody has paid, so that nobody can any more', async () => {
    const id = await held();
    const payment = await wish(id);
    await expire(id);
    await till.work();
    expect([(await till.look(payment)).state, await look(id)]).toMatchObject(['CANCELED', { status: 'EXPIRED', deposit: { status: 'LAPSED' } }]);
    expect(await wish(id)).toBe('ReservationWrongState');
  });
});

describe('what is wrong', () => {
  it('is refused by its path, and nothing is written', async () => {
    const id = await held();
    const { shop } = till;
    const state = async (): Promise<unknown> => shop.rows(`select (select md5(string_agg(r::text, '' order by id)) from commerce.reservation r) as r, (select md5(string_agg(v::text, '' order by id)) from commerce.venue v) as v, (select count(*) from commerce.payment) as p`);
    const before = await state();
    const rule = (more: Record<string, unknown>) => shop.refused('venueDepositSet', { venueId: venue.id, rule: { ...RULE, ...more } });
    expect(await rule({ fromParty: 0 })).toEqual([['InputInvalid', 'input.rule.fromParty']]);
    expect(await rule({ fromParty: 10_000 })).toEqual([['InputInvalid', 'input.rule.fromParty']]);
    for (const minor of ['0', '-1', '9007199254740992', '9007199254740991']) expect(await rule({ amount: { minor, currency: 'EUR' } })).toEqual([['InputInvalid', 'input.rule.amount.minor']]);
    expect(await rule({ amount: { minor: '1', currency: 'XXQ' } })).toEqual([['InputInvalid', 'input.rule.amount.currency']]);
    const of = { paymentAccountId: till.accountId };
    const pay = (more: Record<string, unknown>, by = shop.owner) => shop.refused('paymentCreate', { ...of, idempotencyKey: newId(), ...more }, by);
    expect(await pay({})).toEqual([['InputInvalid', 'input.orderId']]);
    expect(await pay({ reservationId: id, orderId: encodeId('ord', newId()) })).toEqual([['InputInvalid', 'input.reservationId']]);
    expect(await pay({ reservationId: encodeId('rsv', newId()) })).toEqual([['ReservationNotFound', 'input.reservationId']]);
    expect(await pay({ reservationId: id, amount: { minor: '100', currency: 'USD' } })).toEqual([['InputInvalid', 'input.amount.currency']]);
    expect(await pay({ reservationId: id }, shop.rival)).toEqual([['ReservationNotFound', 'input.reservationId']]);
    expect(await shop.refused('paymentRecord', { reservationId: id, method: 'CASH', idempotencyKey: newId() }, shop.rival)).toEqual([['ReservationNotFound', 'input.reservationId']]);
    expect(await shop.refused('venueDepositSet', { venueId: venue.id, rule: null }, shop.rival)).toEqual([['VenueNotFound', 'input.venueId']]);
    expect(await state()).toEqual(before);
    // What is paid is for one thing, whoever writes it.
    const other = await paid(id);
    await expect(shop.rows('update commerce.payment set reservation_id = null where id = $1', [decodeId('pay', other)])).rejects.toMatchObject({ constraint: 'payment_for_one' });
  });
});
