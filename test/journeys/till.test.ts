// From outside: a till is told of orders by signed calls, reads and moves them by its own key, is down and back, and brings in what it sold meanwhile; a wrong secret or key gets nothing.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StandIn } from '../../ops/standins/standin.server.js';
import { startTillStandIn, TILL_PATH, type TillTaken } from '../../ops/standins/till.js';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

type Payload = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null }[] };

let platform: TestPlatform;
let till: StandIn;
let owner: string;
beforeAll(async () => {
  till = await startTillStandIn();
  platform = await bootPlatform({ config: { callbacksToLoopback: true } });
  owner = await platform.signIn('owner@demo.test');
});
afterAll(async () => {
  await platform?.stop();
  await till?.close();
});

async function query<Data>(text: string, variables: Record<string, unknown>, token = owner): Promise<Data> {
  const { data, errors } = await platform.ask(text, variables, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}
async function made<Made>(field: string, input: Record<string, unknown>, select: string): Promise<Made> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const payload = (await query<Record<string, Payload>>(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }))[field] as Payload;
  expect(payload.userErrors).toEqual([]);
  return Object.values(payload)[0] as Made;
}
const control = (path: string, body: unknown) => fetch(till.url + path, { method: 'PUT', body: JSON.stringify(body) });
const taken = async (): Promise<TillTaken[]> => (await fetch(`${till.url}/_sent`)).json() as Promise<TillTaken[]>;
const told = async (orderId: string): Promise<string[]> => (await taken()).filter(({ body }) => body.data['orderId'] === orderId).map(({ body: { type, data } }) => (type === 'order.moved' ? String(data['to']) : type));

it('is told, moves orders on, and misses nothing', async () => {
  // A dish of which there are five, somebody who buys it, and a key for the till.
  const dish = await made<{ variants: { id: string }[]; optionGroups: { choices: { id: string }[] }[] }>('productCreate', {
    kind: 'MENU_ITEM', name: 'Margherita', variants: [{ sku: 'MARG-30', tracksInventory: true, prices: [{ minor: '950', currency: 'EUR' }] }],
    optionGroups: [{ name: 'Extra', least: 0, most: 1, choices: [{ name: 'Burrata', deltas: [{ minor: '250', currency: 'EUR' }] }] }],
  }, 'product { id variants { id } optionGroups { choices { id } } }');
  const variantId = dish.variants[0]?.id;
  await made('stockAdjust', { variantId, change: 5, idempotencyKey: 'oven' }, 'stock { available }');
  const { id: customerId } = await made<{ id: string }>('customerCreate', { name: 'Ada' }, 'customer { id }');
  const order = async (): Promise<string> => {
    const { id: cartId } = await made<{ id: string }>('cartCreate', { customerId, fulfillment: 'DINE_IN', address: 'Table 7', note: 'A birthday' }, 'cart { id }');
    await made('cartLineAdd', { cartId, variantId, quantity: 1, note: 'well done', choiceIds: dish.optionGroups[0]?.choices.map(({ id }) => id) }, 'cart { id }');
    return (await made<{ id: string }>('orderPlace', { cartId, idempotencyKey: cartId }, 'order { id }')).id;
  };
  const { apiKeyCreate: { secret: key } } = await query<{ apiKeyCreate: { secret: string } }>(operation('api-key-create'), { input: { name: 'Till 1', scopes: ['order:read', 'order:update', 'order:import'] } });
  const { webhookEndpointCreate } = await query<{ webhookEndpointCreate: { signingSecret: string; webhookEndpoint: { id: string } } }>(operation('webhook-endpoint-create'),
    { input: { url: till.url + TILL_PATH, description: 'Till 1', eventTypes: ['ORDER_PLACED', 'ORDER_MOVED'] } });
  const { signingSecret, webhookEndpoint: { id: endpointId } } = webhookEndpointCreate;
  await control('/_secrets', [signingSecret]);

  // Told within a moment, it reads what is to be printed by its key, and moves it on.
  const first = await order();
  await until(async () => (await told(first)).length === 1, 'the till is told of the order', 10_000);
  expect((await taken())[0]?.body).toEqual({ type: 'order.placed', version: 1, timestamp: expect.any(String), data: { orderId: first, number: 1004, fulfillment: 'DINE_IN', placedAt: expect.any(String) } });
  expect((await query<{ order: unknown }>(operation('order-ticket'), { id: first }, key)).order).toMatchObject({
    number: 1004, fulfillment: 'DINE_IN', address: 'Table 7', note: 'A birthday', customer: { name: 'Ada' }, lines: [{ sku: 'MARG-30', quantity: 1, note: 'well done', choices: [{ group: 'Extra', name: 'Burrata', price: { minor: '250' } }] }],
    totals: { total: { minor: '1200', formatted: '€12.00' } },
  });
  const move = async (orderId: string, to: string, by = key) => (await query<{ orderTransition: Payload }>(operation('order-transition'), { input: { orderId, to } }, by)).orderTransition;
  expect((await move(first, 'READY')).userErrors).toMatchObject([{ __typename: 'OrderStateWrong', field: ['input', 'to'] }]);
  for (const to of ['ACCEPTED', 'ACCEPTED', 'PREPARING', 'READY']) expect(await move(first, to)).toMatchObject({ order: { fulfillmentStatus: to }, userErrors: [] });
  expect((await move(first, 'ACCEPTED')).userErrors).toMatchObject([{ __typename: 'OrderStateWrong' }]);
  await until(async () => (await told(first)).length === 4, 'each step was told once', 10_000);
  expect(await told(first)).toEqual(['order.placed', 'ACCEPTED', 'PREPARING', 'READY']);
  // Its key may nothing else.
  expect((await platform.ask('{ webhookEndpoints { nodes { id } } }', {}, key)).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', permission: 'webhook:read' });

  // Down, and back with a secret that is not the right one yet: everything is told in the end, of each order in order.
  await control('/_next', [{ status: 503 }]);
  await control('/_secrets', [`whsec_${Buffer.alloc(32).toString('base64')}`]);
  const second = await order();
  await move(second, 'ACCEPTED');
  const LIST = operation('webhook-endpoint-list');
  interface Listed { webhookEndpoints: { nodes: { failures: number; lastFailure: string; messages: { nodes: { state: string; attempts: { nodes: { status: number }[] } }[] } }[] } }
  const endpoint = async () => (await query<Listed>(LIST, {})).webhookEndpoints.nodes[0];
  await until(async () => ((await endpoint())?.failures ?? 0) > 0, 'a call has failed', 10_000);
  expect((await endpoint())?.messages.nodes.map(({ state }) => state).slice(0, 3)).toContain('PENDING');
  expect(await told(second)).toEqual([]);

  // Meanwhile the till sells, also what was promised, and brings it in twice.
  const sold = { source: 'Till 1', externalId: 'T1-1', placedAt: new Date().toISOString(), fulfillment: 'PICKUP', currency: 'EUR', totalMinor: '3600', lines: [{ sku: 'MARG-30', quantity: 4, unitMinor: '900' }] };
  const bring = async (input: object) => (await query<{ orderImport: Payload }>(operation('order-import'), { input }, key)).orderImport;
  const [once, twice] = [await bring(sold), await bring(sold)];
  expect([once.repeated, twice.repeated, once.order]).toEqual([false, true, twice.order]);
  expect(once.order).toMatchObject({ number: 1006, fulfillmentStatus: 'COMPLETED', total: { minor: '3600' }, origin: { source: 'Till 1', externalId: 'T1-1' } });
  expect((await bring({ ...sold, totalMinor: '1' })).userErrors).toMatchObject([{ code: 'BAD_USER_INPUT', field: ['input', 'totalMinor'] }]);
  expect(await query('query ($id: ID!) { order(id: $id) { lines { variant { stock { onHand available } } } } }', { id: first })).toEqual({ order: { lines: [{ variant: { stock: { onHand: -1, available: -1 } } }] } });

  await control('/_secrets', [signingSecret]);
  await until(async () => (await told(second)).length === 2, 'what waited was told', 20_000);
  expect(await told(second)).toEqual(['order.placed', 'ACCEPTED']);
  expect((await taken()).some(({ again, body }) => again || body.data['orderId'] === (once.order as { id: string }).id)).toBe(false);
  expect(await endpoint()).toMatchObject({ failures: 0, lastFailure: expect.stringMatching(/HTTP (503|401)/) });
  expect((await query<{ webhookEndpointReplay: Payload }>(operation('webhook-endpoint-replay'), { input: { webhookEndpointId: endpointId, since: '2020-01-01T00:00:00Z' } })).webhookEndpointReplay).toMatchObject({ replayed: 0, userErrors: [] });
}, 60_000);
