// What happened with a customer: every step of orders, payments and reservations, newest first, page by page, to those who may see it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { TestPayments } from '../../../test/kit/payments.js';
import { person } from '../../../test/kit/subgraph.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { BACKFILL } from '../migrations/20261202-14-timeline.js';

let till: TestPayments;
let customerId = '';
let orderId = '';
let reservationId = '';

interface Entry { kind: string; at: string; orderStatus: string | null; orderChanged: boolean; paymentEvent: string | null; reservationStatus: string | null; amount: { minor: string } | null }
interface Page { nodes: Entry[]; edges: { cursor: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
const TIMELINE = `query ($id: ID!, $first: Int, $after: String, $kinds: [TimelineKind!]) { customer(id: $id) { timeline(first: $first, after: $after, kinds: $kinds) {
  nodes { kind at orderStatus orderChanged paymentEvent reservationStatus amount { minor } order { id } } edges { cursor } pageInfo { endCursor hasNextPage } } } }`;
const read = async (variables: Record<string, unknown> = {}, by = till.shop.owner, id = customerId): Promise<Page | null> =>
  (await till.shop.query<{ customer: { timeline: Page } | null }>(TIMELINE, { id, ...variables }, by)).customer?.timeline ?? null;
const told = ({ nodes }: Page): (string | null)[][] => nodes.map(({ kind, orderStatus, orderChanged, paymentEvent, reservationStatus, amount }) =>
  [kind, orderChanged ? 'CHANGED' : orderStatus ?? paymentEvent ?? reservationStatus, amount?.minor ?? null]);

/** A reservation of a customer, as bookings write it. */
async function book(tenantId: string, customer: string): Promise<string> {
  const [id, venueId] = [newId(), newId()];
  await till.shop.rows(`insert into commerce.venue (tenant_id, id, name, time_zone, slot_minutes, lead_minutes, cancel_minutes, days_ahead, confirms_by_hand, stays, created_at)
    values ($1, $2, 'v', 'UTC', 30, 0, 0, 90, false, '[{"upTo":2,"minutes":60}]', now())`, [tenantId, venueId]);
  await till.shop.rows(`insert into commerce.reservation (tenant_id, id, venue_id, status, party_size, starts_at, ends_at, customer_id, idempotency_key, request_hash, created_at)
    values ($1, $2, $3, 'CONFIRMED', 2, now() + interval '1 day', now() + interval '25 hours', $4, $5, '', now())`, [tenantId, id, venueId, decodeId('cust', customer), id]);
  // Both at one moment: their ids tell them apart.
  for (const to of ['HELD', 'CONFIRMED']) await till.shop.rows(`insert into commerce.reservation_event (tenant_id, id, reservation_id, to_status, starts_at, at) values ($1, $2, $3, $4, now(), $5)`, [tenantId, newId(), id, to, new Date(Date.now() + 7_200_000)]);
  return id;
}

beforeAll(async () => {
  till = await TestPayments.boot();
  const { shop } = till;
  const dish = await shop.dish();
  customerId = await shop.customer();
  orderId = ((await shop.place(await shop.cart([[dish, 2]], { customerId }))).order as { id: string }).id;
  shop.clock.advance(1_000);
  await shop.done('orderUpdate', { orderId, tip: { minor: '500', currency: 'EUR' }, idempotencyKey: 'tip' }, 'order { id }');
  shop.clock.advance(1_000);
  const { id: paymentId } = await shop.done<{ id: string }>('paymentRecord', { orderId, method: 'CASH', idempotencyKey: 'cash' }, 'payment { id }');
  shop.clock.advance(1_000);
  await shop.done('orderTransition', { orderId, to: 'ACCEPTED' }, 'order { id }');
  shop.clock.advance(1_000);
  await shop.done('paymentRefund', { paymentId, amount: { minor: '300', currency: 'EUR' }, idempotencyKey: 'back' }, 'payment { id }');
  reservationId = await book(shop.tenantId, customerId);
});
afterAll(() => till?.close());

const ALL = [
  ['RESERVATION', 'CONFIRMED', null], ['RESERVATION', 'HELD', null], ['PAYMENT', 'REFUNDED', '-300'], ['ORDER', 'ACCEPTED', null], ['PAYMENT', 'CAPTURED', '2500'], ['ORDER', 'CHANGED', '2500'], ['ORDER', 'PLACED', '2000'],
];

it('is told newest first, page by page, none twice and none missing', async () => {
  expect(told(await read() as Page)).toEqual(ALL);
  const seen: unknown[] = [];
  for (let after: string | null = null, more = true; more;) {
    const page: Page = await read({ first: 2, after }) as Page;
    seen.push(...told(page));
    expect(page.edges).toHaveLength(page.nodes.length);
    [after, more] = [page.pageInfo.endCursor, page.pageInfo.hasNextPage];
  }
  expect(seen).toEqual(ALL);
  expect(told(await read({ kinds: ['PAYMENT'] }) as Page)).toEqual(ALL.filter(([kind]) => kind === 'PAYMENT'));
  expect(await till.shop.query('query ($id: ID!) { customer(id: $id) { timeline(first: 4) { nodes { order { id } payment { captured { minor } } reservation { id } } } } }', { id: customerId })).toEqual({ customer: { timeline: { nodes: [
    { order: null, payment: null, reservation: { id: encodeId('rsv', reservationId) } }, { order: null, payment: null, reservation: { id: encodeId('rsv', reservationId) } },
    { order: null, payment: { captured: { minor: '2500' } }, reservation: null }, { order: { id: orderId }, payment: null, reservation: null },
  ] } } });
});

it('is told as far as one may see, and to another tenant not at all', async () => {
  const { tenantId, rival } = till.shop;
  expect(told(await read({}, person(tenantId, ['order:read'])) as Page)).toEqual(ALL.filter(([kind]) => kind === 'ORDER'));
  expect(told(await read({ kinds: ['RESERVATION', 'PAYMENT'] }, person(tenantId, ['order:read', 'payment:read'])) as Page)).toEqual(ALL.filter(([kind]) => kind === 'PAYMENT'));
  expect(await read({}, rival)).toBeNull();
  await expect(read({ after: 'x' })).rejects.toThrow('BAD_USER_INPUT');
  await expect(read({ after: Buffer.from('["2026-11-01T12:00:00.000Z","x","0"]').toString('base64url') })).rejects.toThrow('BAD_USER_INPUT');
  await expect(read({ first: 101 })).rejects.toThrow('BAD_USER_INPUT');
});

it('of what was there before is told alike', async () => {
  // No order could be changed then: what one was placed at is what it costs.
  const rows = () => till.shop.rows(`select tenant_id, customer_id, kind, at, subject_id, step, what, case when what = 'PLACED' then 0 else minor end as minor, currency from commerce.timeline_entry order by 1, 2, 3, 4, 5, 6`);
  const before = await rows();
  await till.shop.rows('delete from commerce.timeline_entry');
  for (const statement of BACKFILL) await till.shop.rows(statement);
  expect([before.length > 6, await rows()]).toEqual([true, before]);
});

it('forgets a reservation with it', async () => {
  const [other, { tenantId }] = [await till.shop.customer(), till.shop];
  const id = await book(tenantId, other);
  expect(told(await read({}, till.shop.owner, other) as Page)).toEqual(ALL.slice(0, 2));
  await till.shop.rows('delete from commerce.reservation_event where reservation_id = $1', [id]);
  await till.shop.rows('delete from commerce.reservation where id = $1', [id]);
  expect([told(await read({}, till.shop.owner, other) as Page), told(await read({ kinds: ['RESERVATION'] }) as Page)]).toEqual([[], ALL.slice(0, 2)]);
});

it('follows its customer when two are merged, with all that was theirs, whoever writes meanwhile', async () => {
  const { shop } = till;
  const merge = (goes: string, stays: string, by = shop.owner) => shop.refused('customerMerge', { customerId: goes, intoCustomerId: stays }, by);
  const [stays, dish] = [await shop.customer(), await shop.dish()];
  await shop.done('customerUpdate', { customerId, email: 'ada@example.com', tags: ['vip'], addresses: [{ label: 'Home', lines: 'Via Roma 1' }] }, 'customer { id }');
  await shop.done('customerUpdate', { customerId: stays, tags: ['regular', 'vip'] }, 'customer { id }');
  const { id: voucherId } = await shop.done<{ id: string }>('voucherCreate', { code: 'EACHONE', percentPpm: 1, mostUsesEach: 1 }, 'voucher { id }');
  await shop.rows('insert into commerce.voucher_customer (tenant_id, voucher_id, customer_id, used) values ($1, $2, $3, 1)', [shop.tenantId, decodeId('vchr', voucherId), decodeId('cust', customerId)]);
  for (const to of ['PREPARING', 'READY', 'COMPLETED']) await shop.done('orderTransition', { orderId, to }, 'order { id }');
  const contactId = encodeId('cont', newId());
  await shop.done('customerContactLink', { contactId, customerId }, 'contact { id }');
  const carts = await Promise.all(Array.from({ length: 4 }, () => shop.cart([[dish, 1]], { customerId })));
  for (const [goes, into, why] of [
    [stays, stays, ['InputInvalid', 'input.intoCustomerId']], [encodeId('cust', newId()), stays, ['CustomerNotFound', 'input.customerId']], [customerId, encodeId('cust', newId()), ['CustomerNotFound', 'input.intoCustomerId']],
  ] as const) expect(await merge(goes, into)).toEqual([why]);
  expect(await merge(customerId, stays, shop.rival)).toEqual([['CustomerNotFound', 'input.customerId']]);
  const [merged, again, ...placed] = await Promise.all([merge(customerId, stays), merge(customerId, stays), ...carts.map((id) => shop.place(id).then(({ userErrors }) => userErrors))]);
  expect([merged, again, placed.flat()]).toEqual([[], [], []]);
  // What is written for the one that went is the other's.
  expect((await shop.place(await shop.cart([[dish, 1]], { customerId }))).userErrors).toEqual([]);
  const WHOLE = 'query ($id: ID!) { customer(id: $id) { email tags addresses { label } mergedInto { id } contacts { id } orders { nodes { id } } lifetimeValue { orders total { minor } } timeline(first: 100) { nodes { kind } } } }';
  interface Whole { customer: { orders: { nodes: object[] }; timeline: { nodes: object[] } } }
  const { customer } = await shop.query<Whole>(WHOLE, { id: stays });
  expect(customer).toMatchObject({ email: 'ada@example.com', tags: ['regular', 'vip'], addresses: [{ label: 'Home' }], mergedInto: null, contacts: [{ id: contactId }], lifetimeValue: [{ orders: 1, total: { minor: '2500' } }] });
  expect([customer.orders.nodes.length, customer.timeline.nodes.length]).toEqual([6, ALL.length + 3 + 5]);
  expect(await shop.query(WHOLE, { id: customerId })).toMatchObject({ customer: { mergedInto: { id: stays }, contacts: [], orders: { nodes: [] }, lifetimeValue: [], timeline: { nodes: [] } } });
  const { customers } = await shop.query<{ customers: { nodes: { id: string }[] } }>('{ customers(first: 100) { nodes { id } } }');
  expect([customers.nodes.some(({ id }) => id === stays), customers.nodes.some(({ id }) => id === customerId)]).toEqual([true, false]);
  expect(await shop.rows('select customer_id as of, used from commerce.voucher_customer where voucher_id = $1', [decodeId('vchr', voucherId)])).toEqual([{ of: decodeId('cust', stays), used: 1 }]);
  // Those that were merged before go along.
  const last = await shop.customer();
  expect([await merge(stays, last), await merge(customerId, stays), await merge(last, stays)]).toEqual([[], [['CustomerMerged', 'input.customerId']], [['CustomerMerged', 'input.intoCustomerId']]]);
  expect(await shop.query('query ($id: ID!) { customer(id: $id) { mergedInto { id } } }', { id: customerId })).toEqual({ customer: { mergedInto: { id: last } } });
});

it('costs the same statements for one customer and for many, and reads along its key however much there is', async () => {
  const { shop } = till;
  for (let more = 0; more < 5; more += 1) await shop.customer();
  const { database } = shop.subject.running;
  const cost = async (first: number): Promise<number> => {
    const start = database.statements;
    await shop.query('query ($first: Int) { customers(first: $first) { nodes { timeline(first: 5) { nodes { kind at amount { minor } } } } } }', { first });
    return database.statements - start;
  };
  expect([await cost(1), await cost(6)]).toEqual([4, 4]);
  await shop.rows(`insert into commerce.timeline_entry (tenant_id, customer_id, kind, at, subject_id, step, what) select $1, $2, (array['ORDER', 'PAYMENT', 'RESERVATION'])[1 + n % 3], now() - make_interval(mins => n), gen_random_uuid(), '0', 'ACCEPTED' from generate_series(1, 20000) n`,
    [shop.tenantId, decodeId('cust', await shop.customer())]);
  await shop.rows('analyze commerce.timeline_entry');
  const app = new Client({ connectionString: shop.subject.database.urls.app['commerce'] });
  await app.connect();
  await app.query(`select set_config('app.tenant_id', '${shop.tenantId}', false)`);
  const { rows } = await app.query<Record<string, string>>(`explain select e.at from unnest($1::uuid[]) w(id) cross join lateral (select own.at from unnest(array['ORDER', 'PAYMENT']) k(kind) cross join lateral (
    select t.at, t.subject_id, t.step from commerce.timeline_entry t where t.customer_id = w.id and t.kind = k.kind and (t.at, t.subject_id, t.step) < (now(), $2::uuid, 'x') order by t.at desc, t.subject_id desc, t.step desc limit 26) own
    order by own.at desc limit 26) e`, [[decodeId('cust', customerId)], newId()]);
  await app.end();
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toMatch(/Index (Only )?Scan Backward using timeline_entry_pkey/);
  expect(plan).toMatch(/Index Cond: .*tenant_id = .*customer_id = .*kind = .*ROW\(at, subject_id, step\) </s);
  expect(plan).not.toContain('Seq Scan');
});
