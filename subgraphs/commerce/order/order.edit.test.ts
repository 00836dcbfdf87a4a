// A placed order is changed before it is accepted, by the difference and by the rules it was placed by; and what nobody accepts in time expires, once, unless money may come for it; what came to nothing is tidied away.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestPayments, type Paid } from '../../../test/kit/payments.js';
import { person } from '../../../test/kit/subgraph.js';
import { sql } from 'kysely';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { commerceDoor } from '../public.js';

let till: TestPayments;
let serial = 0;
beforeAll(async () => { till = await TestPayments.boot(); });
afterAll(() => till?.close());

interface Line { id: string; sku: string; quantity: number; note: string | null; unitPrice: { minor: string } }
interface Order {
  id: string; version: number; fulfillmentStatus: string; chargeStatus: string; expiresAt: string | null; fulfillment: string; address: string | null; note: string | null; total: { minor: string }; lines: Line[];
  totals: Record<string, { minor: string }>; events: { seq: number; from: string; to: string; reason: string | null; change: object | null }[];
}
const ORDER = `order { id version fulfillmentStatus chargeStatus expiresAt fulfillment address note total { minor } lines { id sku quantity note unitPrice { minor } choices { name } }
  totals { subtotal { minor } discount { minor } tax { minor } tip { minor } } events { seq from to reason change { fields lines { kind sku quantityBefore quantityAfter } totalBefore { minor } totalAfter { minor } } } }`;
const read = async (id: string): Promise<Order> => (await till.shop.query<{ order: Order }>(`query ($id: ID!) { ${ORDER.replace('order {', 'order(id: $id) {')} }`, { id })).order;
const update = (orderId: string, input: Record<string, unknown>) => till.shop.send('orderUpdate', { orderId, idempotencyKey: `edit-${serial += 1}`, ...input }, ORDER);
const edited = async (orderId: string, input: Record<string, unknown>): Promise<Order> => {
  const { order, userErrors } = await update(orderId, input);
  expect(userErrors).toEqual([]);
  return order as unknown as Order;
};
const refused = (orderId: string, input: Record<string, unknown>, by = till.shop.owner) => till.shop.refused('orderUpdate', { orderId, idempotencyKey: `edit-${serial += 1}`, ...input }, by);
const accept = (orderId: string, to = 'ACCEPTED') => till.shop.send('orderTransition', { orderId, to }, 'order { id }');
const sums = async (variantId: string) => (await till.shop.rows<object>('select sum(on_hand_change)::int as "onHand", sum(reserved_change)::int as reserved from commerce.stock_movement where variant_id = $1', [variantId]))[0];
const uuid = async (sku: string): Promise<string> => (await till.shop.rows<{ id: string }>('select id from commerce.variant where sku = $1', [sku]))[0]?.id ?? '';

describe('a placed order', () => {
  it('gives back no more than it keeps of goods that were not counted when it was placed', async () => {
    const { shop } = till;
    const dish = await shop.dish();
    const { id, lines: [line] } = (await shop.place(await shop.cart([[dish, 5]]), {}, ORDER)).order as unknown as Order;
    await shop.done('variantUpdate', { variantId: dish.variantId, tracksInventory: true }, 'variant { id }');
    await shop.done('stockAdjust', { variantId: dish.variantId, change: 9, idempotencyKey: `counted-${dish.sku}` }, 'stock { onHand }');
    await edited(id, { updateLines: [{ lineId: line?.id, quantity: 7 }] });
    expect(await shop.stock(dish.variantId)).toEqual([9, 2]);
    await edited(id, { updateLines: [{ lineId: line?.id, quantity: 1 }] });
    expect(await shop.stock(dish.variantId)).toEqual([9, 0]);
  });

  it('is changed line by line, keeps what it was placed by, and tells what became of it', async () => {
    const { shop } = till;
    const [first, second, third] = [await shop.counted(10), await shop.counted(10), await shop.dish({ taxRatePpm: 190_000, optionGroups: [{ name: 'Crust', least: 1, most: 1, choices: [{ name: 'Thin' }, { name: 'Thick', deltas: [{ minor: '100', currency: 'EUR' }] }] }] })];
    await shop.done('voucherCreate', { code: 'TENTH', percentPpm: 100_000, mostUses: 1 }, 'voucher { id }');
    const cartId = await shop.cart([[first, 4], [second, 1]]);
    await shop.done('cartUpdate', { cartId, voucherCode: 'TENTH' }, 'cart { id }');
    const { id, lines: [one, two] } = (await shop.place(cartId, {}, ORDER)).order as unknown as Order;
    // What the catalogue and the voucher say by now is not what it was placed by.
    await shop.done('variantUpdate', { variantId: first.variantId, prices: [{ minor: '5000', currency: 'EUR' }] }, 'variant { id }');
    const { database } = shop.subject.running;
    const start = database.statements;
    const order = await edited(id, {
      expectedVersion: 1, expectedTotal: { minor: '3790', currency: 'EUR' }, updateLines: [{ lineId: one?.id, quantity: 2, note: ' cold ' }], removeLineIds: [two?.id],
      addLines: [{ variantId: third.variantId, quantity: 1, choiceIds: third.choiceIds.slice(1) }], fulfillment: 'DELIVERY', address: 'Via Roma 1', note: 'Ring twice', tip: { minor: '1000', currency: 'EUR' }, reason: 'by phone',
    });
    expect(database.statements - start).toBeLessThanOrEqual(25);
    // 2 x 10.00 as ordered + 11.00 of now = 31.00, a tenth off, and the tip. 19 % within 9.90.
    expect(order).toMatchObject({
      version: 2, fulfillmentStatus: 'PLACED', fulfillment: 'DELIVERY', address: 'Via Roma 1', note: 'Ring twice', total: { minor: '3790' },
      totals: { subtotal: { minor: '3100' }, discount: { minor: '310' }, tax: { minor: '158' }, tip: { minor: '1000' } },
      lines: [{ sku: first.sku, quantity: 2, note: 'cold', unitPrice: { minor: '1000' } }, { sku: third.sku, quantity: 1, unitPrice: { minor: '1100' }, choices: [{ name: 'Thick' }] }],
    });
    expect(order.events).toEqual([
      { seq: 1, from: 'DRAFT', to: 'PLACED', reason: null, change: null },
      { seq: 2, from: 'PLACED', to: 'PLACED', reason: 'by phone', change: {
        fields: ['address', 'fulfillment', 'note', 'tip'], totalBefore: { minor: '4500' }, totalAfter: { minor: '3790' }, lines: [
          { kind: 'REMOVED', sku: second.sku, quantityBefore: 1, quantityAfter: 0 }, { kind: 'CHANGED', sku: first.sku, quantityBefore: 4, quantityAfter: 2 }, { kind: 'ADDED', sku: third.sku, quantityBefore: 0, quantityAfter: 1 },
        ],
      } },
    ]);
    expect([await shop.stock(first.variantId), await shop.stock(second.variantId)]).toEqual([[10, 2], [10, 0]]);
    // What went comes again, and what was chosen is chosen anew, at the price of now.
    const again = await edited(id, { addLines: [{ variantId: second.variantId, quantity: 3 }], updateLines: [{ lineId: order.lines[1]?.id, choiceIds: third.choiceIds.slice(0, 1) }] });
    expect([again.total.minor, await shop.stock(second.variantId)]).toEqual(['6400', [10, 3]]);
    await accept(id);
    expect([await shop.stock(first.variantId), await shop.stock(second.variantId)]).toEqual([[8, 0], [7, 0]]);
    await accept(id, 'CANCELED');
    for (const dish of [first, second]) expect([await shop.stock(dish.variantId), await sums(await uuid(dish.sku))]).toEqual([[10, 0], { onHand: 10, reserved: 0 }]);
    expect(await shop.query('{ vouchers { nodes { code used } } }')).toMatchObject({ vouchers: { nodes: expect.arrayContaining([{ code: 'TENTH', used: 0 }]) } });
    // Whatever code asks for: what is not waiting to be accepted any more stays as it was bought.
    for (const wish of [sql`update commerce.order_line set quantity = 9`, sql`delete from commerce.order_line`]) {
      expect((await database.inScope(tenantScope(shop.tenantId), (tx) => sql`${wish} where order_id = ${decodeId('ord', id)}::uuid`.execute(tx.getKysely()))).numAffectedRows).toBe(0n);
    }
  });

  it('of many changes at once keeps each, once for a key, and never more than there is', async () => {
    const dish = await till.shop.counted(20);
    const id = await till.order(1, dish);
    const [same, other] = [{ addLines: [{ variantId: dish.variantId, quantity: 2 }], idempotencyKey: 'same-edit' }, { idempotencyKey: 'same-edit', note: 'other' }];
    await Promise.all([1, 2, 3].map(() => update(id, same)));
    expect(await refused(id, other)).toEqual([['InputInvalid', 'input.idempotencyKey']]);
    await Promise.all(Array.from({ length: 5 }, () => update(id, { addLines: [{ variantId: dish.variantId, quantity: 1 }] })));
    const now = await read(id);
    expect([now.version, now.total.minor, await till.shop.stock(dish.variantId)]).toEqual([7, '8000', [20, 8]]);
    const seen = await Promise.all([1, 2, 3].map(() => update(id, { expectedVersion: 7, tip: { minor: '5', currency: 'EUR' } })));
    expect(seen.flatMap(({ userErrors }) => userErrors.map(({ __typename }) => __typename))).toEqual(['OrderVersionChanged', 'OrderVersionChanged']);
    // Two orders of the same goods take from each other, and what is there is never more than promised.
    const rival = await till.order(1, dish);
    const line = (await read(rival)).lines[0]?.id;
    const raced = await Promise.all([8, 9, 10, 11].flatMap((quantity) => [update(rival, { updateLines: [{ lineId: line, quantity }] }), update(id, { addLines: [{ variantId: dish.variantId, quantity: 4 }] })]));
    expect(raced.flatMap(({ userErrors }) => userErrors).every(({ __typename }) => __typename === 'OutOfStock')).toBe(true);
    const [kept] = await till.shop.rows<{ n: number }>(`select sum(l.quantity)::int as n from commerce.order_line l where l.variant_id = $1`, [await uuid(dish.sku)]);
    expect(await till.shop.stock(dish.variantId)).toEqual([20, kept?.n]);
  });

  it('that is paid, or of which somebody pays, is changed so that the difference is due, or not at all', async () => {
    const dish = await till.shop.counted(20);
    const open = await till.order(2, dish);
    const { id: paymentId } = (await till.create(open)).payment as Paid;
    expect(await till.shop.query(`mutation ($input: OrderUpdateInput!) { orderUpdate(input: $input) { order { id } userErrors { __typename field ... on OrderNotEditable { hindrance paymentId } } } }`, { input: { orderId: open, note: 'x', idempotencyKey: 'open' } }))
      .toEqual({ orderUpdate: { order: null, userErrors: [{ __typename: 'OrderNotEditable', field: ['input', 'orderId'], hindrance: 'PAYMENT_OPEN', paymentId }] } });
    await till.act('paymentConfirm', paymentId, { paymentMethodId: 'pm_card_visa' });
    expect(await till.shop.stock(dish.variantId)).toEqual([18, 0]);
    const line = (await read(open)).lines[0]?.id;
    // More: the rest is due. Fewer: too much was taken. As paid: all of it.
    for (const [quantity, chargeStatus, stock] of [[3, 'PARTIAL', [17, 0]], [1, 'OVERCHARGED', [19, 0]], [2, 'FULL', [18, 0]]] as const) {
      expect(await edited(open, { updateLines: [{ lineId: line, quantity }] })).toMatchObject({ chargeStatus, expiresAt: null });
      expect(await till.shop.stock(dish.variantId)).toEqual(stock);
    }
    await edited(open, { addLines: [{ variantId: dish.variantId, quantity: 1 }] });
    await till.shop.done('paymentRecord', { orderId: open, method: 'CASH', idempotencyKey: 'difference' }, 'payment { id }');
    expect([(await read(open)).chargeStatus, await till.shop.stock(dish.variantId)]).toEqual(['FULL', [17, 0]]);
    await till.act('paymentRefund', paymentId, { amount: { minor: '100', currency: 'EUR' } });
    expect(await refused(open, { note: 'x' })).toEqual([['OrderNotEditable', 'input.orderId']]);
    await accept(open);
    expect(await refused(open, { note: 'x' })).toEqual([['OrderNotEditable', 'input.orderId']]);
  });

  it('refuses what does not fit with its path, and nothing is written', async () => {
    const { shop } = till;
    const [dish, few, dear, dollars, radio] = [await shop.dish(), await shop.counted(1), await shop.dish({}, { prices: [{ minor: '9007199254740991', currency: 'EUR' }] }), await shop.dish({}, { prices: [{ minor: '1', currency: 'USD' }] }),
      await shop.dish({ optionGroups: [{ name: 'Crust', least: 1, most: 1, choices: [{ name: 'Thin' }] }] })];
    const id = await till.order(2, dish);
    const [before, foreign] = [await read(id), (await read(await till.order(1))).lines[0]?.id];
    const lineId = before.lines[0]?.id;
    const add = ({ variantId }: { variantId: string }, more: Record<string, unknown> = {}) => ({ addLines: [{ variantId, quantity: 1, ...more }] });
    const written = () => shop.rows('select (select count(*) from commerce.order_event) as events, (select count(*) from commerce.order_line) as lines, (select count(*) from commerce.stock_movement) as moves, (select count(*) from commerce.request) as requests');
    const rows = await written();
    for (const [input, why] of [
      [{}, ['InputInvalid', 'input']],
      ...[-1, 0, 1_000, 2_147_483_647, -2_147_483_648].flatMap((quantity) => [[add(dish, { quantity }), ['InputInvalid', 'input.addLines.0.quantity']], [{ updateLines: [{ lineId, quantity }] }, ['InputInvalid', 'input.updateLines.0.quantity']]] as const),
      [{ addLines: Array.from({ length: 50 }, () => ({ variantId: dish.variantId, quantity: 1 })) }, ['InputInvalid', 'input.addLines']],
      [{ removeLineIds: [lineId] }, ['InputInvalid', 'input.removeLineIds']], [{ removeLineIds: [lineId, lineId] }, ['InputInvalid', 'input.removeLineIds']],
      [{ removeLineIds: [foreign] }, ['OrderLineNotFound', 'input.removeLineIds.0']], [{ updateLines: [{ lineId: foreign, quantity: 1 }] }, ['OrderLineNotFound', 'input.updateLines.0.lineId']],
      [add({ variantId: encodeId('vrnt', newId()) }), ['VariantNotFound', 'input.addLines.0.variantId']], [add(dollars), ['LineUnsellable', 'input.addLines.0.variantId']],
      [add(radio), ['LineUnsellable', 'input.addLines.0.choiceIds']], [add(dish, { choiceIds: radio.choiceIds }), ['LineUnsellable', 'input.addLines.0.choiceIds']],
      [add(dear), ['InputInvalid', 'input']], [add(few, { quantity: 2 }), ['OutOfStock', 'input.addLines']], [add(dish, { note: 'x'.repeat(501) }), ['InputInvalid', 'input.addLines.0.note']],
      [{ tip: { minor: '-1', currency: 'EUR' } }, ['InputInvalid', 'input.tip.minor']], [{ tip: { minor: '9007199254740992', currency: 'EUR' } }, ['InputInvalid', 'input.tip.minor']],
      [{ tip: { minor: '1', currency: 'KWD' } }, ['InputInvalid', 'input.tip.currency']], [{ tip: { minor: '9007199254740991', currency: 'EUR' } }, ['InputInvalid', 'input']],
      [{ fulfillment: 'DELIVERY' }, ['InputInvalid', 'input.address']], [{ note: 'x'.repeat(501) }, ['InputInvalid', 'input.note']], [{ note: 'y', idempotencyKey: ' ' }, ['InputInvalid', 'input.idempotencyKey']],
      [{ note: 'y', expectedVersion: 2 }, ['OrderVersionChanged', 'input.expectedVersion']], [{ note: 'y', expectedTotal: { minor: '2000', currency: 'JPY' } }, ['TotalChanged', 'input.expectedTotal']],
    ] as const) expect([input, await refused(id, input)]).toEqual([input, [why]]);
    expect(await refused(id, { note: 'theirs' }, shop.rival)).toEqual([['OrderNotFound', 'input.orderId']]);
    await expect(shop.send('orderUpdate', { orderId: id, note: 'x', idempotencyKey: 'k' }, '__typename', person(shop.tenantId, ['order:read', 'order:create']))).rejects.toThrow('order:update');
    await shop.done('shopUpdate', { pricesIncludeTax: false }, 'shop { id }');
    expect(await refused(id, add(dish))).toEqual([['InputInvalid', 'input.addLines.0']]);
    await shop.done('shopUpdate', { pricesIncludeTax: true }, 'shop { id }');
    await shop.done('productUpdate', { productId: dish.productId, archived: true }, 'product { id }');
    expect(await refused(id, { updateLines: [{ lineId, quantity: 3 }] })).toEqual([['LineUnsellable', 'input.updateLines.0.quantity']]);
    expect([await read(id), await written()]).toEqual([before, rows]);
    expect((await edited(id, { updateLines: [{ lineId, quantity: 1 }] })).total.minor).toBe('1000');
  });
});

describe('an order that nobody accepts', () => {
  const door = () => commerceDoor(till.shop.subject.running.services);
  const expiring = async () => (await door().overdue(till.shop.admin)).find(({ job }) => job.name === 'commerce.expireOrders')?.payloads;
  const late = () => till.shop.clock.advance(31 * 60_000);

  it('expires by the job, once however many workers there are, and its goods are free without anybody wanting them', async () => {
    late();
    await door().expireOrders({ tenantId: till.shop.tenantId });
    const dish = await till.shop.counted(10);
    const [first, second, accepted] = [await till.order(2, dish), await till.order(3, dish), await till.order(1, dish)];
    expect(await expiring()).toEqual([]);
    await accept(accepted);
    late();
    expect(await expiring()).toEqual([{ tenantId: till.shop.tenantId }]);
    const turns = await Promise.all([1, 2, 3, 4].map(() => door().expireOrders({ tenantId: till.shop.tenantId })));
    expect([turns.reduce((all, one) => all + one, 0), await expiring()]).toEqual([2, []]);
    for (const id of [first, second]) expect(await read(id)).toMatchObject({ fulfillmentStatus: 'EXPIRED', events: [{ to: 'PLACED' }, { to: 'EXPIRED' }] });
    expect([(await read(accepted)).fulfillmentStatus, await till.shop.stock(dish.variantId), await sums(await uuid(dish.sku))]).toEqual(['ACCEPTED', [9, 0], { onHand: 9, reserved: 0 }]);
    expect(await refused(first, { note: 'late' })).toEqual([['OrderNotEditable', 'input.orderId']]);
  });

  it('waits for the provider where somebody pays: called off first, and kept when they paid meanwhile', async () => {
    const dish = await till.shop.counted(10);
    const [paid, unpaid, partly, held] = [await till.order(1, dish), await till.order(1, dish), await till.order(2, dish), await till.order(1, dish)];
    const [paying, waiting] = [(await till.create(paid)).payment as Paid, (await till.create(unpaid)).payment as Paid];
    await till.shop.done('paymentRecord', { orderId: partly, method: 'CASH', amount: { minor: '500', currency: 'EUR' }, idempotencyKey: 'partly' }, 'payment { id }');
    await till.paid(held, { manualCapture: true });
    late();
    expect(await door().expireOrders({ tenantId: till.shop.tenantId })).toBe(0);
    // Somebody else wants the goods: not those for which money may come.
    expect((await till.shop.place(await till.shop.cart([[dish, 6]]))).userErrors).toMatchObject([{ __typename: 'OutOfStock' }]);
    // The customer's device was faster than the calling off.
    await till.script('/_authenticate', { id: await till.external(paying.id) });
    await till.work();
    till.shop.clock.advance(61_000);
    await door().expireOrders({ tenantId: till.shop.tenantId });
    expect([(await till.look(paying.id)).state, (await till.look(waiting.id)).state]).toEqual(['SUCCEEDED', 'CANCELED']);
    expect(await Promise.all([paid, unpaid, partly, held].map(async (id) => [(await read(id)).fulfillmentStatus, (await read(id)).chargeStatus]))).toEqual([['PLACED', 'FULL'], ['EXPIRED', 'NONE'], ['PLACED', 'PARTIAL'], ['PLACED', 'NONE']]);
    expect(await till.shop.stock(dish.variantId)).toEqual([9, 3]);
  });
});

describe('what came to nothing', () => {
  it('is deleted after its term: carts of which nothing became, webhooks that were looked into, keys of requests after a day; of this tenant, and nothing else', async () => {
    const { shop } = till;
    const { retention } = shop.subject.running.services;
    const dish = await shop.dish();
    const [left, placed] = [await shop.cart([[dish, 1]]), await shop.cart([[dish, 1]])];
    const theirs = encodeId('cart', newId());
    await shop.rows(`insert into commerce.cart (tenant_id, id, currency, fulfillment, tip_minor, version, size, created_at, updated_at) values ($1, $2, 'EUR', 'PICKUP', 0, 1, 0, now(), now())`, [shop.rival.tenant, decodeId('cart', theirs)]);
    await shop.place(placed);
    const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const purge = (before: Record<string, string>) => retention.purge({ tenantId: shop.tenantId, orderedAt: shop.clock.now().toISOString(), before });
    const ids = async () => (await shop.rows<{ id: string }>('select id from commerce.cart where id = any ($1::uuid[])', [[left, placed, theirs].map((id) => decodeId('cart', id))])).map(({ id }) => encodeId('cart', id)).toSorted();
    expect([await purge({ CARTS: later(-30), WEBHOOK_DELIVERIES: later(-30), MESSAGES: later(30) }), await ids()]).toEqual([0, [left, placed, theirs].toSorted()]);
    await till.hook({ id: 'evt_old', object: 'event', type: 'payment_intent.created', data: { object: { id: 'pi_of_nobody', object: 'payment_intent' } } });
    await till.work();
    await till.hook({ id: 'evt_waiting', object: 'event', type: 'payment_intent.created', data: { object: { id: 'pi_of_nobody', object: 'payment_intent' } } });
    const before = { CARTS: later(3_650), WEBHOOK_DELIVERIES: later(3_650) };
    expect([await purge(before) > 1, await purge(before), await ids()]).toEqual([true, 0, [placed, theirs].toSorted()]);
    expect(await shop.rows('select event_id from commerce.payment_webhook where tenant_id = $1', [shop.tenantId])).toEqual([{ event_id: 'evt_waiting' }]);
    expect(await shop.rows('select from commerce.cart_line l left join commerce.cart c on c.id = l.cart_id where c.id is null')).toEqual([]);
    // Nobody else may: the policy asks for a permission that is given to nobody.
    expect((await shop.subject.running.database.inScope(tenantScope(shop.tenantId), (tx) => sql`delete from commerce.cart`.execute(tx.getKysely()))).numAffectedRows).toBe(0n);
    const keys = () => shop.rows<{ n: number }>('select count(*)::int as n from commerce.request where tenant_id = $1', [shop.tenantId]);
    const door = () => commerceDoor(shop.subject.running.services).tidy(shop.admin);
    const [some] = await keys();
    await door();
    expect(await keys()).toEqual([some]);
    shop.clock.advance(25 * 3_600_000);
    await door();
    expect([some?.n === 0, await keys()]).toEqual([false, [{ n: 0 }]]);
  });
});
