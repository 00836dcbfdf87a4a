// A product that is killed at every named point of its webhooks tells everything in the end: nothing is lost, nothing is told out of order, and what is told twice has the same name and body.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTillStandIn, TILL_PATH, type TillTaken } from '../../ops/standins/till.js';
import type { StandIn } from '../../ops/standins/standin.server.js';
import { webhookCrashTable } from '../../subgraphs/tenancy/webhook/webhook.crash.js';
import { ask, operation, signIn } from '../kit/client.js';
import type { Product } from '../kit/product.js';
import { RestartedProduct } from '../kit/restarted.js';
import { until } from '../kit/until.js';

/** A message of who was killed is another's after a minute. */
const PATIENCE_MS = 120_000;

let product: RestartedProduct;
let till: StandIn;
beforeAll(async () => {
  till = await startTillStandIn();
  product = new RestartedProduct('webhooks', PATIENCE_MS, { SWITCHBOARD_CALLBACKS_TO_LOOPBACK: 'true' });
});
afterAll(async () => {
  await product?.end();
  await till?.close();
});

const taken = async (): Promise<TillTaken[]> => (await fetch(`${till.url}/_sent`)).json() as Promise<TillTaken[]>;

it('is killed at every point, and everything was told', async () => {
  let running: Product = await product.start(webhookCrashTable[0].point);
  let owner = await signIn(running.url, 'owner@demo.test');
  const done = async <Made>(field: string, input: Record<string, unknown>, select: string): Promise<Made> => {
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    const { [field]: payload } = await ask<Record<string, Record<string, unknown>>>(running.url, `mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} } }`, { input }, owner);
    return Object.values(payload ?? {})[0] as Made;
  };
  const dish = await done<{ variants: { id: string }[] }>('productCreate', { kind: 'MENU_ITEM', name: 'Soup', variants: [{ sku: 'SOUP', prices: [{ minor: '500', currency: 'EUR' }] }] }, 'product { variants { id } }');
  const { id: customerId } = await done<{ id: string }>('customerCreate', { name: 'Ada' }, 'customer { id }');
  const { webhookEndpointCreate } = await ask<{ webhookEndpointCreate: { signingSecret: string } }>(running.url, operation('webhook-endpoint-create'), { input: { url: till.url + TILL_PATH, eventTypes: ['ORDER_PLACED', 'ORDER_MOVED'] } }, owner);
  await fetch(`${till.url}/_secrets`, { method: 'PUT', body: JSON.stringify([webhookEndpointCreate.signingSecret]) });
  const orders: string[] = [];
  const { id: cartId } = await done<{ id: string }>('cartCreate', { customerId, fulfillment: 'PICKUP' }, 'cart { id }');
  await done('cartLineAdd', { cartId, variantId: dish.variants[0]?.id, quantity: 1 }, 'cart { id }');
  // Its worker dies of it, and with it, perhaps, the answer.
  await done('orderPlace', { cartId, idempotencyKey: cartId }, 'order { id }').catch(() => undefined);
  for (const [index, { point }] of webhookCrashTable.entries()) {
    await product.diesAt(point, running);
    const next = webhookCrashTable[index + 1]?.point;
    running = await product.start(next);
    owner = await signIn(running.url, 'owner@demo.test');
  }
  const { orders: found } = await ask<{ orders: { nodes: { id: string; number: number }[] } }>(running.url, operation('order-list'), { filter: { fulfillmentStatus: 'PLACED' }, first: 1 }, owner);
  orders.push(...found.nodes.map(({ id }) => id));
  for (const to of ['ACCEPTED', 'PREPARING']) await ask(running.url, operation('order-transition'), { input: { orderId: orders[0], to } }, owner);
  const told = async (): Promise<TillTaken[]> => (await taken()).filter(({ body }) => body.data['orderId'] === orders[0]);
  await until(async () => (await told()).some(({ body }) => body.data['to'] === 'PREPARING'), 'all of it was told', PATIENCE_MS);
  const calls = await told();
  const names = [...new Set(calls.map(({ webhookId }) => webhookId))];
  // At the point after the answer nobody knew of it: that one came twice, alike.
  expect(calls.length).toBeGreaterThan(names.length);
  expect(names.map((name) => calls.find(({ webhookId }) => webhookId === name)?.body.data['to'] ?? 'PLACED')).toEqual(['PLACED', 'ACCEPTED', 'PREPARING']);
  for (const name of names) expect(new Set(calls.filter(({ webhookId }) => webhookId === name).map(({ body }) => JSON.stringify(body))).size).toBe(1);
  await until(async () => (await product.rows(`select from tenancy.webhook_message where state <> 'DELIVERED'`)).length === 0, 'nothing waits', PATIENCE_MS);
  expect(await product.rows('select event_id from tenancy.webhook_message group by endpoint_id, event_id having count(*) > 1')).toEqual([]);
}, 600_000);
