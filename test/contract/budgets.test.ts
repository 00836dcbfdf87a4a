// The statement budget of each documented operation of commerce: kept, and the same for few rows and for many.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { buildASTSchema, parse, Kind, type FieldNode, type OperationDefinitionNode } from 'graphql';
import { readSchemaFile, schemaPath } from '../../subgraphs/kernel/base/schema-files.js';
import { makeVenue, type MadeVenue } from '../kit/booking.js';
import type { Dish } from '../kit/commerce.js';
import { TestPayments } from '../kit/payments.js';
import { BUDGETS } from './budgets.js';

const [FEW, MANY] = [2, 9];
let till: TestPayments;
let dishes: Dish[];
let venues: Map<number, MadeVenue>;
let serial = 0;
const key = (): string => `budget-${serial += 1}`;
const VENUE_DAY = '2027-02-01';
/** Of larger parties than the others here. */
const DEPOSIT = { fromParty: 4, amount: { minor: '500', currency: 'EUR' }, per: 'BOOKING' };

const filled = (size: number) => till.shop.cart(dishes.slice(0, size).map((dish) => [dish, 1] as const));
const order = async (size: number): Promise<string> => ((await till.shop.place(await filled(size))).order as { id: string }).id;
const venue = (size: number): MadeVenue => venues.get(size) as MadeVenue;
const hold = (size: number) => ({ venueId: venue(size).id, startsAt: `${VENUE_DAY}T${String(17 + serial % 4)}:00:00Z`, partySize: 2, idempotencyKey: key() });
const paid = async (size: number): Promise<string> => till.paid(await order(size));

/** What an operation is asked with: about so many rows, lines or tables. */
const CASES: Readonly<Record<string, (size: number) => Record<string, unknown> | Promise<Record<string, unknown>>>> = {
  Availability: (size) => ({ venueId: venue(size).id, date: VENUE_DAY, partySize: 2 }),
  CartCreate: async () => ({ input: { customerId: await till.shop.customer(), fulfillment: 'PICKUP' } }),
  CartLineAdd: async (size) => ({ input: { cartId: await filled(size), variantId: dishes[0]?.variantId, quantity: 1, choiceIds: [] } }),
  CustomerTimeline: async (size) => {
    const customerId = await till.shop.customer();
    for (let orders = 0; orders < size; orders += 1) await till.shop.place(await till.shop.cart([[dishes[0] as Dish, 1]], { customerId }));
    return { id: customerId, first: size };
  },
  DepositPay: async (size) => {
    await till.shop.done('venueDepositSet', { venueId: venue(size).id, rule: DEPOSIT }, 'venue { id }');
    const { id } = await till.shop.done<{ id: string }>('reservationHold', { ...hold(size), partySize: 4 }, 'reservation { id }');
    return { input: { reservationId: id, paymentAccountId: till.accountId, idempotencyKey: key() } };
  },
  Menu: (size) => ({ first: size }),
  OrderList: (size) => ({ first: size }),
  OrderImport: (size) => ({
    input: {
      source: 'Till', externalId: key(), placedAt: till.shop.clock.now().toISOString(), fulfillment: 'PICKUP', currency: 'EUR', totalMinor: String(900 * size),
      lines: dishes.slice(0, size).map(({ sku }) => ({ sku, quantity: 1, unitMinor: '900' })),
    },
  }),
  OrderPlace: async (size) => ({ input: { cartId: await filled(size), idempotencyKey: key() } }),
  OrderTicket: async (size) => ({ id: await order(size) }),
  OrderTransition: async (size) => ({ input: { orderId: await order(size), to: 'ACCEPTED' } }),
  OrderUpdate: async (size) => ({ input: { orderId: await order(size), note: 'At the door', addLines: [{ variantId: dishes[MANY]?.variantId, quantity: 1 }], idempotencyKey: key() } }),
  PaymentAccountCreate: () => ({ input: { name: key(), secretKey: 'sk_test_0123456789' } }),
  PaymentConfirm: async (size) => ({ input: { paymentId: ((await till.create(await order(size))).payment as { id: string }).id, paymentMethodId: 'pm_card_visa', idempotencyKey: key() } }),
  PaymentCreate: async (size) => ({ input: { orderId: await order(size), paymentAccountId: till.accountId, idempotencyKey: key() } }),
  PaymentRecord: async (size) => ({ input: { orderId: await order(size), method: 'CASH', idempotencyKey: key() } }),
  PaymentRefund: async (size) => {
    const paymentId = await paid(size);
    const { payment } = await till.shop.query<{ payment: { order: { lines: { id: string }[] } } }>('query ($id: ID!) { payment(id: $id) { order { lines { id } } } }', { id: paymentId });
    return { input: { paymentId, lines: payment.order.lines.map(({ id }) => ({ orderLineId: id, quantity: 1, restock: true })), idempotencyKey: key() } };
  },
  ReservationConfirm: async (size) => ({ input: { reservationId: (await till.shop.done<{ id: string }>('reservationHold', hold(size), 'reservation { id }')).id } }),
  ReservationHold: (size) => ({ input: hold(size) }),
  StockAdjust: () => ({ input: { variantId: dishes[0]?.variantId, change: 1, idempotencyKey: key() } }),
  VenueDepositSet: (size) => ({ input: { venueId: venue(size).id, rule: DEPOSIT } }),
};

beforeAll(async () => {
  till = await TestPayments.boot();
  dishes = await Promise.all(Array.from({ length: MANY + 1 }, async () => {
    const dish = await till.shop.dish({ optionGroups: [{ name: 'Size', least: 0, most: 1, choices: [{ name: 'Large', deltas: [{ minor: '100', currency: 'EUR' }] }] }] }, { tracksInventory: true });
    await till.shop.done('stockAdjust', { variantId: dish.variantId, change: 1_000, idempotencyKey: `count-${dish.sku}` }, 'stock { onHand }');
    return dish;
  }));
  venues = new Map(await Promise.all([FEW, MANY].map(async (size): Promise<[number, MadeVenue]> =>
    [size, await makeVenue((field, input, select) => till.shop.send(field, input, select) as never, { tables: Array.from({ length: size * 2 }, (): [number, number] => [1, 4]), daysAhead: 700 })])));
  for (let orders = 0; orders < MANY; orders += 1) await order(1);
});
afterAll(() => till?.close());

const documents = readdirSync(schemaPath('operations')).sort().map((file) => readSchemaFile(`operations/${file}`));
const operationOf = (text: string): OperationDefinitionNode => parse(text).definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
const nameOf = (text: string): string => operationOf(text).name?.value ?? '';

/** Those that begin in commerce, and are answered once. */
function documented(): string[] {
  const schema = buildASTSchema(parse(readSchemaFile('commerce.graphql')), { assumeValid: true, assumeValidSDL: true });
  const owned = new Set([schema.getQueryType(), schema.getMutationType()].flatMap((type) => Object.keys(type?.getFields() ?? {})));
  return documents.filter((text) => {
    const { operation, selectionSet } = operationOf(text);
    return operation !== 'subscription' && owned.has((selectionSet.selections[0] as FieldNode).name.value);
  }).map(nameOf).sort();
}

/** @returns how many statements it took */
async function cost(name: string, size: number): Promise<number> {
  const variables = await CASES[name]?.(size);
  const { database } = till.shop.subject.running;
  const before = database.statements;
  const data = await till.shop.query<Record<string, { userErrors?: unknown[]; nodes?: unknown[] } | null>>(documents.find((text) => nameOf(text) === name) ?? '', variables);
  const sent = database.statements - before;
  for (const answer of Object.values(data)) expect([name, answer?.userErrors ?? [], answer?.nodes?.length ?? size]).toEqual([name, [], size]);
  return sent;
}

it('there is one for each, and a case that asks it', () => {
  expect(documented().length).toBeGreaterThan(10);
  expect([Object.keys(BUDGETS).sort(), Object.keys(CASES).sort()]).toEqual([documented(), documented()]);
});

it('is kept, by few and by many alike', async () => {
  const found: Record<string, [number, number]> = {};
  for (const name of Object.keys(CASES)) {
    // What is asked once in a process, a key for example, is asked now.
    await cost(name, FEW);
    found[name] = [await cost(name, FEW), await cost(name, MANY)];
  }
  // One more at most: a tenant's key that secrets are opened with is kept for a moment, and then read anew.
  expect(Object.entries(found).filter(([, [few, many]]) => Math.abs(many - few) > 1)).toEqual([]);
  expect(Object.entries(found).filter(([name, [, many]]) => many > (BUDGETS[name] ?? 0))).toEqual([]);
});
