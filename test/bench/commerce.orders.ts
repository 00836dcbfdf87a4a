// Orders a second: carts that are filled and ordered through the public API, beside the statements that the product sends for it, sent again through `pg` alone.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commerce, type CommerceServices } from '../../subgraphs/commerce/subgraph.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { decodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { ask, operation, signIn } from '../kit/client.js';
import { databaseOf, startProduct, superuserUrl, type Product } from '../kit/product.js';
import { bootSubgraph, person, type TestSubgraph } from '../kit/subgraph.js';
import { closedLoop, post } from './load.js';
import { familyUsage, median, processUsage, round, summary, watchOthers, type Summary } from './machine.facts.js';
import { Recorder, replay, type Replay } from './recorded.js';

export interface OrderOptions {
  /** Of each round, and of each way. */
  orders: number;
  rounds: number;
  /** Who order at the same time, each one after the other. */
  clients: number;
  /** Of a cart. */
  lines: number;
  nodeArgs: string[];
}

/** As many connections as the product has on commerce. */
const WRITERS = 6;
const PLENTY = 1_000_000;
const COUNTS = /^switchboard_database_statement_seconds_count\{[^}]*database="commerce"[^}]*\} (\S+)$/gm;

export interface OrderWay {
  perSecond: number;
  /** Of one order: all of its requests. */
  orderMs: Summary;
  /** Milliseconds an order. */
  cpuMs: { node: number | null; postgres: number | null };
}

export interface OrderReport {
  api: OrderWay[];
  /** Orders a second, by round. */
  bare: number[];
  bareCpuMs: number | null;
  statements: { api: number; bare: number; place: number };
  /** Of what was answered: orders that are not there, or whose goods are not promised. */
  wrong: number;
  othersCpuShare: number | null;
}

type Send = (name: string, input: Record<string, unknown>) => Promise<Record<string, unknown>>;
interface Shop { customerId: string; variantIds: string[] }

/** As a client does: a cart, its lines, the order. */
async function orderOnce(send: Send, { customerId, variantIds }: Shop): Promise<{ id: string; number: number }> {
  const made = async <Made>(name: string, field: string, input: Record<string, unknown>): Promise<Made> => {
    const payload = await send(name, input);
    if ((payload['userErrors'] as unknown[]).length > 0) throw new Error(`${name}: ${JSON.stringify(payload['userErrors'])}`);
    return payload[field] as Made;
  };
  const { id: cartId } = await made<{ id: string }>('cart-create', 'cart', { customerId, fulfillment: 'PICKUP' });
  for (const variantId of variantIds) await made('cart-line-add', 'cart', { cartId, variantId, quantity: 1 });
  return made('order-place', 'order', { cartId, idempotencyKey: newId() });
}

async function opened(mutate: (field: string, input: Record<string, unknown>, select: string) => Promise<Record<string, unknown>>, lines: number): Promise<Shop> {
  const { id: customerId } = await mutate('customerCreate', { name: 'Bench' }, 'customer { id }') as { id: string };
  const variantIds: string[] = [];
  for (let line = 0; line < lines; line += 1) {
    const { variants } = await mutate('productCreate', { kind: 'PRODUCT', name: `Product ${line}`, variants: [{ sku: `BENCH-${line}`, tracksInventory: true, prices: [{ minor: '950', currency: 'EUR' }] }] }, 'product { variants { id } }') as { variants: { id: string }[] };
    const variantId = variants[0]?.id ?? '';
    variantIds.push(variantId);
    await mutate('stockAdjust', { variantId, change: PLENTY, idempotencyKey: `bench-${line}` }, 'stock { onHand }');
  }
  return { customerId, variantIds };
}

const mutation = (field: string, select: string): string => `mutation ($input: ${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input!) { ${field}(input: $input) { ${select} userErrors { message } } }`;
const madeOf = (data: Record<string, unknown> | null | undefined, field: string): Record<string, unknown> => {
  const payload = data?.[field] as Record<string, unknown> | undefined;
  if (!payload || (payload['userErrors'] as unknown[]).length > 0) throw new Error(`${field}: ${JSON.stringify(payload)}`);
  return Object.values(payload)[0] as Record<string, unknown>;
};

export async function benchOrders(code: string, options: OrderOptions, say: (line: string) => void): Promise<OrderReport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  try {
    const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps', ...options.nodeArgs] });
    // On the same server, in a database of its own.
    process.env['SWITCHBOARD_TEST_POSTGRES'] = superuserUrl(dataDir);
    try {
      return await withRecorded(options, (bare) => measure(product, databaseOf(dataDir)?.pid ?? 0, bare, options, say));
    } finally {
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Bare extends Replay {
  /** Of one order, and of its last request alone. */
  statements: number;
  place: number;
}

/** Commerce alone in this process, whose statements for one order are written down. */
async function withRecorded<T>({ lines }: OrderOptions, work: (bare: Bare) => Promise<T>): Promise<T> {
  const subgraph: TestSubgraph<CommerceServices> = await bootSubgraph(commerce, { maxConnections: 1 });
  try {
    const actor: Actor = person(newId(), Object.keys(commerce.definition.permissions));
    const recorder = new Recorder(subgraph.running.database.pool);
    const shop = await opened(async (field, input, select) => madeOf((await subgraph.ask(mutation(field, select), { input }, actor)).data, field), lines);
    const send: Send = async (name, input) => {
      const { data, errors } = await subgraph.ask(operation(name), { input }, actor);
      if (errors) throw new Error(JSON.stringify(errors));
      return Object.values(data ?? {})[0] as Record<string, unknown>;
    };
    await subgraph.ask('{ __typename }', {}, actor);
    // Far from any other number of the statements, so that it can be told from them.
    await orderOnce(send, shop);
    const { pool } = subgraph.running.database;
    await pool.query(`begin; select set_config('app.tenant_id', '${actor.tenant ?? ''}', true); update commerce.order_counter set last = 7000000; commit`);
    let order = { id: '', number: 0 };
    const before = subgraph.running.database.statements;
    let place = 0;
    const statements = await recorder.of(async () => {
      order = await orderOnce(async (name, input) => {
        const sent = subgraph.running.database.statements;
        const payload = await send(name, input);
        place = subgraph.running.database.statements - sent;
        return payload;
      }, shop);
    });
    const counted = subgraph.running.database.statements - before;
    if (statements.length !== counted) throw new Error(`${counted} statements were sent and ${statements.length} heard.`);
    const kept = [actor.tenant ?? '', actor.sub ?? '', actor.session ?? '', decodeId('cust', shop.customerId) ?? '', ...shop.variantIds.map((id) => decodeId('vrnt', id) ?? ''), ...await productsOf(subgraph, actor)];
    const url = subgraph.database.urls.app['commerce'] ?? '';
    const bare = await replay(url, WRITERS, statements, { kept, drawn: { by: /order_counter/, column: 'last', value: order.number } });
    try {
      return await work({ ...bare, statements: counted, place });
    } finally {
      await bare.close();
    }
  } finally {
    await subgraph.close();
  }
}

async function productsOf(subgraph: TestSubgraph<CommerceServices>, actor: Actor): Promise<string[]> {
  const { data } = await subgraph.ask('{ products(first: 100) { nodes { id } } }', {}, actor);
  return (data?.['products'] as { nodes: { id: string }[] }).nodes.map(({ id }) => decodeId('prod', id) ?? '');
}

async function measure(product: Product, databasePid: number, bare: Bare, options: OrderOptions, say: (line: string) => void): Promise<OrderReport> {
  const { orders, rounds, clients, lines } = options;
  const token = await signIn(product.url, 'owner@demo.test');
  const shop = await opened(async (field, input, select) => madeOf(await ask(product.url, mutation(field, select), { input }, token), field), lines);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const send: Send = async (name, input) => {
    const answer = await post(`${product.url}/graphql`, agent, JSON.stringify({ query: operation(name), variables: { input } }), { authorization: `Bearer ${token}` });
    const { data, errors } = JSON.parse(answer?.body ?? '{}') as { data?: Record<string, Record<string, unknown>>; errors?: unknown };
    const payload = Object.values(data ?? {})[0];
    if (errors || !payload) throw new Error(`${name} was answered with ${answer?.status ?? 'nothing'}: ${JSON.stringify(errors)}`);
    return payload;
  };
  const used = () => ({ node: processUsage(product.pid)?.cpuSeconds ?? null, postgres: familyUsage(databasePid)?.cpuSeconds ?? null });
  const each = (before: number | null, after: number | null, count: number): number | null => (before === null || after === null ? null : round(1_000 * (after - before) / count, 2));
  const sent = async (): Promise<number> => [...(await (await fetch(`${product.url}/api/monitoring/metrics`)).text()).matchAll(COUNTS)].reduce((sum, [, count]) => sum + Number(count), 0);
  const made: string[] = [];
  const ordered = async (count: number): Promise<OrderWay> => {
    const [before, begun] = [used(), performance.now()];
    const took = await closedLoop(count, clients, async () => { made.push((await orderOnce(send, shop)).id); });
    const [seconds, after] = [(performance.now() - begun) / 1000, used()];
    return { perSecond: round(count / seconds, 1), orderMs: summary(took), cpuMs: { node: each(before.node, after.node, count), postgres: each(before.postgres, after.postgres, count) } };
  };
  say('warming up');
  await ordered(Math.max(clients, Math.ceil(orders / 2)));
  await bare.run(Math.ceil(orders / 2));
  const others = watchOthers([product.pid, databasePid]);
  const report: Pick<OrderReport, 'api' | 'bare'> = { api: [], bare: [] };
  let [bareCpu, statements] = [0, 0];
  for (let turn = 1; turn <= rounds; turn += 1) {
    say(`round ${turn} of ${rounds}`);
    const before = used().postgres ?? 0;
    report.bare.push(round(orders / await bare.run(orders), 1));
    bareCpu += (used().postgres ?? 0) - before;
    const count = await sent();
    report.api.push(await ordered(orders));
    statements = round((await sent() - count) / orders, 1);
  }
  agent.destroy();
  const wrong = made.length - await kept(product, token, shop.variantIds);
  return { ...report, bareCpuMs: round(1_000 * bareCpu / (orders * rounds), 2), statements: { api: statements, bare: bare.statements, place: bare.place }, wrong, othersCpuShare: others() };
}

/** How many orders keep one of the first of the goods, which are all that were ordered. */
async function kept(product: Product, token: string, [variantId]: readonly string[]): Promise<number> {
  const { products } = await ask<{ products: { nodes: { variants: { id: string; stock: { reserved: number } | null }[] }[] } }>(product.url, '{ products(first: 100) { nodes { variants { id stock { reserved } } } } }', {}, token);
  return products.nodes.flatMap(({ variants }) => variants).find(({ id }) => id === variantId)?.stock?.reserved ?? 0;
}

export const orderRatio = ({ api, bare }: OrderReport): number => round(median(api.map(({ perSecond }) => perSecond)) / median(bare), 2);
