// From outside: a menu is made, somebody who writes becomes a customer, a cart is filled and ordered once, never more than there is, and goes its way; another tenant sees nothing of it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

type Payload = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };

let platform: TestPlatform;
let owner: string;
let agent: string;
let rival: string;

beforeAll(async () => {
  platform = await bootPlatform();
  [owner, agent, rival] = await Promise.all([platform.signIn('owner@demo.test'), platform.signIn('agent@demo.test'), platform.signIn('owner@rival.test')]);
});
afterAll(() => platform?.stop());

async function query<Data>(text: string, variables: Record<string, unknown> = {}, token = agent): Promise<Data> {
  const { data, errors } = await platform.ask(text, variables, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}
async function send(field: string, input: Record<string, unknown>, select: string, token = agent): Promise<Payload> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  return (await query<Record<string, Payload>>(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, token))[field] as Payload;
}
async function made<Made>(field: string, input: Record<string, unknown>, select: string, token = agent): Promise<Made> {
  const payload = await send(field, input, select, token);
  expect(payload.userErrors).toEqual([]);
  return Object.values(payload)[0] as Made;
}

it('sells what is on the menu, once and no more than there is', async () => {
  // What the owner sells.
  await made('shopUpdate', { timeZone: 'Europe/Rome', taxRatePpm: 100_000 }, 'shop { id }', owner);
  const { id: categoryId } = await made<{ id: string }>('categoryCreate', { name: 'Pizza' }, 'category { id }', owner);
  const dish = await made<{ id: string; variants: { id: string }[]; optionGroups: { choices: { id: string }[] }[] }>('productCreate', {
    kind: 'MENU_ITEM', name: 'Margherita', categoryId, allergens: ['GLUTEN', 'MILK'], variants: [{ sku: 'MARG-30', tracksInventory: true, prices: [{ minor: '950', currency: 'EUR' }] }],
    optionGroups: [{ name: 'Extra', least: 0, most: 1, choices: [{ name: 'Burrata', deltas: [{ minor: '250', currency: 'EUR' }] }] }],
  }, 'product { id variants { id } optionGroups { choices { id } } }', owner);
  const variantId = dish.variants[0]?.id;
  await made('stockAdjust', { variantId, change: 3, idempotencyKey: 'oven' }, 'stock { available }', owner);
  expect((await platform.ask('mutation ($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code } } }', { input: { variantId, change: 9, idempotencyKey: 'mine' } }, agent)).errors?.[0]?.extensions)
    .toMatchObject({ code: 'FORBIDDEN', permission: 'catalog:manage' });

  // Somebody writes, and becomes a customer of the shop: found from either side of the graph.
  await platform.deliver('A pizza, please', { from: '15550777', name: 'Ada' });
  interface Listed { conversations: { nodes: { contact: { id: string; name: string; customer: { id: string } | null } }[] } }
  const CONTACTS = '{ conversations { nodes { contact { id name customer { id name contacts { id name } lifetimeValue { orders total { minor } } orders { nodes { number } } } } } } }';
  const contactOf = async () => (await query<Listed>(CONTACTS)).conversations.nodes.map(({ contact }) => contact).find(({ name }) => name === 'Ada');
  await until(async () => (await contactOf()) !== undefined, 'Ada has written');
  const contact = await contactOf();
  const { id: customerId } = await made<{ id: string }>('customerCreate', { name: 'Ada', tags: ['Regular'], addresses: [{ label: 'Home', lines: 'Via Roma 1', country: 'IT' }] }, 'customer { id }');
  await made('customerContactLink', { contactId: contact?.id, customerId }, 'contact { id }');
  expect(await contactOf()).toMatchObject({ customer: { id: customerId, contacts: [{ id: contact?.id, name: 'Ada' }], lifetimeValue: [], orders: { nodes: [] } } });

  // Somebody follows the orders of the shop; an unknown cursor tells when the feed stands.
  const told: { __typename: string; order?: { number: number; fulfillmentStatus: string } | null }[] = [];
  const socket = createClient({ url: platform.wsUrl, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${owner}` } });
  socket.subscribe<{ orderFeed: (typeof told)[number] }>({ query: operation('order-feed'), variables: { after: 'bm9uc2Vuc2U' } }, { next: ({ data }) => { if (data) told.push(data.orderFeed); }, error: () => undefined, complete: () => undefined });
  await until(async () => told.length === 1, 'the feed stands', 15_000);

  // The agent fills a cart from the menu, with the documented operations.
  const menu = await query<{ menu: { nodes: { id: string }[] } }>(operation('menu'), {});
  expect(menu.menu.nodes.map(({ id }) => id)).toEqual([dish.id]);
  const { id: cartId } = await made<{ id: string }>('cartCreate', { customerId, fulfillment: 'DELIVERY', address: 'Via Roma 1' }, 'cart { id }');
  const added = await query<{ cartLineAdd: Payload }>(operation('cart-line-add'), { input: { cartId, variantId, quantity: 2, choiceIds: dish.optionGroups[0]?.choices.map(({ id }) => id) } });
  expect(added.cartLineAdd).toMatchObject({ userErrors: [], cart: { totals: { total: { formatted: '€24.00' } } } });
  const place = async (token = agent) => (await query<{ orderPlace: Payload }>(operation('order-place'), { input: { cartId, expectedTotal: { minor: '2400', currency: 'EUR' }, idempotencyKey: 'order-1' } }, token)).orderPlace;
  const [first, second] = await Promise.all([place(), place()]);
  expect([first.userErrors, second.order]).toEqual([[], first.order]);
  const { id: orderId, number } = first.order as { id: string; number: number };
  // Those of the demo were counted up to 1003.
  expect(number).toBe(1004);

  // One is left: two more are refused, whole.
  const { id: another } = await made<{ id: string }>('cartCreate', { customerId, fulfillment: 'PICKUP' }, 'cart { id }');
  await made('cartLineAdd', { cartId: another, variantId, quantity: 2 }, 'cart { id }');
  expect(await send('orderPlace', { cartId: another, idempotencyKey: 'order-2' }, 'order { id }')).toMatchObject({ order: null, userErrors: [{ __typename: 'OutOfStock', field: ['input', 'cartId'] }] });
  expect(await query('query ($id: ID!) { product(id: $id) { variants { stock { onHand reserved } } } }', { id: dish.id })).toEqual({ product: { variants: [{ stock: { onHand: 3, reserved: 2 } }] } });

  // Before it is accepted the customer thinks again: what changed is told, and another tenant changes nothing.
  const update = (input: Record<string, unknown>, token = agent) => query<{ orderUpdate: Payload }>(operation('order-update'), { input: { orderId, ...input } }, token);
  expect((await update({ note: 'Theirs', idempotencyKey: 'edit-0' }, rival)).orderUpdate).toMatchObject({ order: null, userErrors: [{ __typename: 'OrderNotFound' }] });
  const edited = await update({ expectedVersion: 1, note: 'Ring twice', expectedTotal: { minor: '2400', currency: 'EUR' }, idempotencyKey: 'edit-1' });
  expect(edited.orderUpdate).toMatchObject({ userErrors: [], order: { version: 2, note: 'Ring twice', totals: { total: { minor: '2400' } }, events: [{ to: 'PLACED' }, { to: 'PLACED', change: { fields: ['note'], lines: [] } }] } });
  expect(await query('query ($id: ID!) { order(id: $id) { summary(locale: "es") } }', { id: orderId })).toMatchObject({ order: { summary: expect.stringMatching(/^Pedido 1004: 2 artículos, 24,00\s€, /) } });

  // It goes its way, and the customer is worth what it cost.
  const move = (to: string, token = agent) => query<{ orderTransition: Payload }>(operation('order-transition'), { input: { orderId, to } }, token);
  expect((await move('COMPLETED')).orderTransition).toMatchObject({ order: null, userErrors: [{ __typename: 'OrderStateWrong', field: ['input', 'to'] }] });
  for (const to of ['ACCEPTED', 'PREPARING', 'READY', 'OUT_FOR_DELIVERY', 'COMPLETED']) expect((await move(to)).orderTransition).toMatchObject({ order: { fulfillmentStatus: to }, userErrors: [] });
  expect(await contactOf()).toMatchObject({ customer: { lifetimeValue: [{ orders: 1, total: { minor: '2400' } }], orders: { nodes: [{ number: 1004 }] } } });

  expect((await update({ note: 'Too late', idempotencyKey: 'edit-2' })).orderUpdate).toMatchObject({ userErrors: [{ __typename: 'OrderNotEditable', hindrance: 'NOT_PLACED' }] });
  const { customer: story } = await query<{ customer: { timeline: { nodes: { orderStatus: string; orderChanged: boolean }[] } } }>(operation('customer-timeline'), { id: customerId, first: 10 });
  expect(story.timeline.nodes.map(({ orderStatus, orderChanged }) => (orderChanged ? 'CHANGED' : orderStatus))).toEqual(['COMPLETED', 'OUT_FOR_DELIVERY', 'READY', 'PREPARING', 'ACCEPTED', 'CHANGED', 'PLACED']);

  await until(async () => told.length === 8, 'every step was told', 15_000);
  expect([told[0]?.__typename, told.at(-1)?.order]).toEqual(['OrderFeedGap', expect.objectContaining({ number: 1004, fulfillmentStatus: 'COMPLETED' })]);
  await socket.dispose();
  expect(await query(operation('order-list'), { filter: { fulfillmentStatus: 'COMPLETED' }, first: 1 })).toMatchObject({ orders: { nodes: [{ id: orderId, customer: { name: 'Ada' } }], pageInfo: { hasNextPage: true } } });

  // Who they are, what they bought and what was said, in one query.
  expect(await query('query ($id: ID!) { customer(id: $id) { name tags addresses { label } orders(first: 1) { nodes { number } } contacts { name conversations(first: 5) { nodes { status messages(first: 5) { nodes { text } } } } } } }', { id: customerId })).toMatchObject({
    customer: { name: 'Ada', tags: ['regular'], addresses: [{ label: 'Home' }], orders: { nodes: [{ number: 1004 }] }, contacts: [{ name: 'Ada', conversations: { nodes: [{ messages: { nodes: [{ text: 'A pizza, please' }] } }] } }] },
  });

  // Another tenant sees nothing of it and changes nothing.
  expect(await query('query ($order: ID!, $cart: ID!, $dish: ID!, $customer: ID!) { order(id: $order) { id } cart(id: $cart) { id } product(id: $dish) { id } customer(id: $customer) { id } menu { nodes { id } } customers { nodes { id } } }',
    { order: orderId, cart: another, dish: dish.id, customer: customerId }, rival)).toEqual({ order: null, cart: null, product: null, customer: null, menu: { nodes: [] }, customers: { nodes: [] } });
  expect((await move('CANCELED', rival)).orderTransition).toMatchObject({ userErrors: [{ __typename: 'OrderNotFound' }] });
  expect((await place(rival)).userErrors).toMatchObject([{ __typename: 'CartNotFound' }]);
});
