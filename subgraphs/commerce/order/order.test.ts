// Orders: paging by keyset, one statement for many customers, rights, and other tenants.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { demoCommerce, type DemoCommerceFacts } from '../demo.js';
import { commerce, type CommerceServices } from '../subgraph.js';

const tenant = newId();
const rival = newId();
const reader = person(tenant, ['order:read']);
const CUSTOMERS = 8;
const ORDERS = 7;

// Two orders share each instant, so that the id must break the tie.
const facts: DemoCommerceFacts = {
  tenantId: tenant,
  customers: Array.from({ length: CUSTOMERS }, (_, customer) => ({
    id: newId(), name: `Customer ${customer}`, phone: null, contactId: newId(),
    orders: Array.from({ length: customer === CUSTOMERS - 1 ? 0 : ORDERS }, (_, order) => ({
      id: newId(), number: customer * ORDERS + order + 1, fulfillmentStatus: 'READY' as const, chargeStatus: 'FULL' as const,
      currency: 'KWD', totalMinor: 9_007_199_254_740_993n, placedAt: new Date(Date.UTC(2026, 10, 1, 12, Math.floor(order / 2), 0, 7)),
    })),
  })),
};
const expectedIds = (customer: number): string[] =>
  [...facts.customers[customer]!.orders].reverse().map((order) => encodeId('ord', order.id));

const ORDER = `query ($id: ID!) { order(id: $id) {
  id number fulfillmentStatus chargeStatus placedAt total { minor currency formatted } customer { id name } } }`;
const PAGE = `query ($id: ID!, $first: Int, $after: String) { customer(id: $id) { orders(first: $first, after: $after) {
  nodes { id } edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`;
const MANY = `query ($of: [_Any!]!, $first: Int) { _entities(representations: $of) { ... on Contact {
  customer { id orders(first: $first) { nodes { id number customer { id } } pageInfo { hasNextPage } } } } } }`;

interface Connection {
  nodes: { id: string }[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean };
}

let subgraph: TestSubgraph<CommerceServices>;
const page = async (variables: Record<string, unknown>): Promise<Connection> => {
  const result = await subgraph.ask(PAGE, { id: encodeId('cust', facts.customers[0]!.id), ...variables }, reader);
  expect(result.errors).toBeUndefined();
  return (result.data?.['customer'] as { orders: Connection }).orders;
};

beforeAll(async () => {
  subgraph = await bootSubgraph(commerce);
  await demoCommerce(subgraph.running.services, facts);
});
afterAll(async () => subgraph.close());

describe('order', () => {
  const first = facts.customers[0]!;
  const id = encodeId('ord', first.orders[0]!.id);

  it('shows its total exactly and its customer', async () => {
    const result = await subgraph.ask(ORDER, { id }, reader);
    expect(result).toEqual({ data: { order: {
      id, number: 1, fulfillmentStatus: 'READY', chargeStatus: 'FULL', placedAt: '2026-11-01T12:00:00.007Z',
      total: { minor: '9007199254740993', currency: 'KWD', formatted: 'KWD\u00a09,007,199,254,740.993' },
      customer: { id: encodeId('cust', first.id), name: 'Customer 0' },
    } } });
  });

  it('is null for another tenant, and FORBIDDEN without order:read', async () => {
    expect(await subgraph.ask(ORDER, { id }, person(rival, ['order:read']))).toEqual({ data: { order: null } });
    const denied = await subgraph.ask(ORDER, { id }, person(tenant, []));
    expect(denied.data).toEqual({ order: null });
    expect(denied.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', permission: 'order:read' });
  });

  it('keeps a number to one order of the tenant', async () => {
    const { orders } = subgraph.running.services;
    const origin = { actor: systemActor(tenant), correlationId: 'test' };
    const taken = { ...first.orders[0]!, id: newId(), customerId: first.id };
    await expect(orders.recordOrder(origin, tenant, taken)).rejects.toMatchObject({ code: '23505' });
    expect(await subgraph.ask(ORDER, { id: encodeId('ord', taken.id) }, reader)).toEqual({ data: { order: null } });
  });
});

describe('orders of a customer', () => {
  it('come newest first, page by page, none twice and none missing', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (const expected of [3, 3, 1]) {
      const connection: Connection = await page({ first: 3, after });
      expect(connection.nodes).toHaveLength(expected);
      expect(connection.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...connection.nodes.map((node) => node.id));
      expect(connection.pageInfo.hasNextPage).toBe(seen.length < ORDERS);
      after = connection.pageInfo.endCursor;
    }
    expect(seen).toEqual(expectedIds(0));
  });

  it.each([
    [{ first: 0 }, ['first']], [{ first: 101 }, ['first']], [{ after: 'x' }, ['after']],
    [{ after: Buffer.from('["2026-11-01T12:00:00.000Z","x"]').toString('base64url') }, ['after']],
  ])('refuses %j', async (variables, field) => {
    const result = await subgraph.ask(PAGE, { id: encodeId('cust', facts.customers[0]!.id), ...variables }, reader);
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  it('cost the same statements for one customer and for many', async () => {
    const of = facts.customers.map(({ contactId }) => ({ __typename: 'Contact', id: encodeId('cont', contactId!) }));
    const { database } = subgraph.running;
    const cost = async (representations: typeof of): Promise<{ statements: number; customers: unknown[] }> => {
      const start = database.statements;
      const result = await subgraph.ask(MANY, { of: representations, first: 2 }, reader);
      expect(result.errors).toBeUndefined();
      return { statements: database.statements - start, customers: result.data?.['_entities'] as unknown[] };
    };
    const one = await cost(of.slice(0, 1));
    const many = await cost(of);
    // begin, links, customers, orders, commit
    expect(one.statements).toBeLessThanOrEqual(5);
    expect(many.statements).toBe(one.statements);
    expect(many.customers).toEqual(facts.customers.map(({ id }, index) => ({ customer: {
      id: encodeId('cust', id),
      orders: {
        nodes: expectedIds(index).slice(0, 2).map((order) => expect.objectContaining({ id: order, customer: { id: encodeId('cust', id) } })),
        pageInfo: { hasNextPage: index < CUSTOMERS - 1 },
      },
    } })));
  });
});
