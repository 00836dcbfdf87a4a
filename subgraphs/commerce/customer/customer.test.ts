// Customers: reads, links of contacts, rights, and other tenants, over the subgraph's port.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { systemActor } from '../../kernel/base/actor.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { demoCommerce, type DemoCommerceFacts } from '../demo.js';
import { commerce, type CommerceServices } from '../subgraph.js';

const tenant = newId();
const rival = newId();
const reader = person(tenant, ['order:read']);
const facts: DemoCommerceFacts = {
  tenantId: tenant,
  customers: [{
    id: newId(), name: 'Giulia Bianchi', phone: '15550009999', contactId: newId(),
    orders: [
      {
        id: newId(), number: 1, fulfillmentStatus: 'COMPLETED', chargeStatus: 'FULL', currency: 'EUR', totalMinor: 2450n,
        placedAt: new Date('2026-11-01T18:00:00Z'),
      },
      {
        id: newId(), number: 2, fulfillmentStatus: 'PLACED', chargeStatus: 'NONE', currency: 'EUR', totalMinor: 1800n,
        placedAt: new Date('2026-11-20T18:00:00Z'),
      },
    ],
  }],
};
const giulia = facts.customers[0]!;
const customerId = encodeId('cust', giulia.id);
const contactId = encodeId('cont', giulia.contactId!);

const CUSTOMER = 'query ($id: ID!) { customer(id: $id) { __typename id nodeKey name } }';
const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
  __typename ... on Contact { id customer { id name } } ... on Customer { id name } ... on Order { id number } } }`;

let subgraph: TestSubgraph<CommerceServices>;
let behind: Client;
interface Staged { action: string; outcome: string }
const staged = async (): Promise<Staged[]> =>
  (await behind.query<{ event: Staged }>('select event from commerce.audit_staging order by id')).rows.map((row) => row.event);

beforeAll(async () => {
  subgraph = await bootSubgraph(commerce);
  behind = new Client({ connectionString: subgraph.database.adminUrl });
  await behind.connect();
  await demoCommerce(subgraph.running.services, facts);
});
afterAll(async () => {
  await behind.end();
  await subgraph.close();
});

describe('demo step', () => {
  it('writes one audit event a change, and nothing when repeated', async () => {
    const actions = (await staged()).filter((event) => event.outcome === 'SUCCESS').map((event) => event.action);
    expect(actions).toEqual(['customer.create', 'customer.contact.link', 'order.record', 'order.record']);
    await Promise.all([demoCommerce(subgraph.running.services, facts), demoCommerce(subgraph.running.services, facts)]);
    expect((await staged()).filter((event) => event.outcome === 'SUCCESS')).toHaveLength(4);
    expect((await behind.query('select 1 from commerce.customer')).rowCount).toBe(1);
    expect((await behind.query('select 1 from commerce.sales_order')).rowCount).toBe(2);
  });
});

describe('customer', () => {
  it('is read by id; another tenant and an unknown id get null', async () => {
    const mine = await subgraph.ask(CUSTOMER, { id: customerId }, reader);
    expect(mine).toEqual({ data: { customer: { __typename: 'Customer', id: customerId, nodeKey: customerId, name: 'Giulia Bianchi' } } });
    expect(await subgraph.ask(CUSTOMER, { id: customerId }, person(rival, ['order:read']))).toEqual({ data: { customer: null } });
    expect(await subgraph.ask(CUSTOMER, { id: encodeId('cust', newId()) }, reader)).toEqual({ data: { customer: null } });
  });

  it('refuses an id of another kind', async () => {
    const result = await subgraph.ask(CUSTOMER, { id: contactId }, reader);
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: ['id'] });
  });

  it('needs order:read, and the refusal is an audit event', async () => {
    const before = (await staged()).length;
    const denied = await subgraph.ask(CUSTOMER, { id: customerId }, person(tenant, ['conversation:read']));
    expect(denied.data).toEqual({ customer: null });
    expect(denied.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', permission: 'order:read' });
    expect((await staged()).slice(before)).toEqual([expect.objectContaining({ action: 'query.customer', outcome: 'DENIED' })]);
    const anonymous = await subgraph.ask(CUSTOMER, { id: customerId });
    expect(anonymous.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

describe('_entities', () => {
  const of = [{ __typename: 'Contact', id: contactId }, { __typename: 'Contact', id: encodeId('cont', newId()) }];

  it('answers a contact without reading a row, and its customer in two statements for any number of contacts', async () => {
    const { database } = subgraph.running;
    const start = database.statements;
    await subgraph.ask('query ($of: [_Any!]!) { _entities(representations: $of) { ... on Contact { id } } }', { of }, reader);
    expect(database.statements - start).toBe(0);
    const result = await subgraph.ask(ENTITIES, { of }, reader);
    expect(result).toEqual({ data: { _entities: [
      { __typename: 'Contact', id: contactId, customer: { id: customerId, name: 'Giulia Bianchi' } },
      { __typename: 'Contact', id: of[1]!.id, customer: null },
    ] } });
    // begin, links, customers, commit
    expect(database.statements - start).toBeLessThanOrEqual(4);
  });

  it('hides the link from another tenant', async () => {
    const result = await subgraph.ask(ENTITIES, { of }, person(rival, ['order:read']));
    expect(result.data?.['_entities']).toEqual(of.map(({ id }) => ({ __typename: 'Contact', id, customer: null })));
    expect(result.errors).toBeUndefined();
  });

  it('keeps the contact when its customer may not be seen', async () => {
    const result = await subgraph.ask(ENTITIES, { of: of.slice(0, 1) }, person(tenant, []));
    expect(result.data).toEqual({ _entities: [{ __typename: 'Contact', id: contactId, customer: null }] });
    expect(result.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  });

  it('guards customers and orders by id and by nodeKey', async () => {
    const orderId = encodeId('ord', giulia.orders[1]!.id);
    const own = [
      { __typename: 'Customer', id: customerId }, { __typename: 'Customer', nodeKey: customerId }, { __typename: 'Order', nodeKey: orderId },
    ];
    const customer = { __typename: 'Customer', id: customerId, name: 'Giulia Bianchi' };
    const order = { __typename: 'Order', id: orderId, number: 2 };
    expect(await subgraph.ask(ENTITIES, { of: own }, reader)).toEqual({ data: { _entities: [customer, customer, order] } });
    const hidden = await subgraph.ask(ENTITIES, { of: own }, person(rival, ['order:read']));
    expect(hidden).toEqual({ data: { _entities: [null, null, null] } });
    const denied = await subgraph.ask(ENTITIES, { of: own }, person(tenant, []));
    expect(denied.data).toEqual({ _entities: [null, null, null] });
    expect(denied.errors?.map((error) => error.extensions?.['code'])).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  });
});

describe('linking contacts', () => {
  it('moves a contact, so that it belongs to one customer only', async () => {
    const { customers } = subgraph.running.services;
    const origin = { actor: systemActor(tenant), correlationId: 'test' };
    const [other, contact] = [newId(), newId()];
    await customers.createCustomer(origin, tenant, { id: other, name: 'Marco', email: null, phone: null });
    expect(await customers.linkContact(origin, tenant, { contactId: contact, customerId: giulia.id })).toBe(true);
    expect(await customers.linkContact(origin, tenant, { contactId: contact, customerId: other })).toBe(true);
    expect(await customers.linkContact(origin, tenant, { contactId: contact, customerId: other })).toBe(false);
    const links = await behind.query('select customer_id from commerce.customer_contact where contact_id = $1', [contact]);
    expect(links.rows).toEqual([{ customer_id: other }]);
    expect((await staged()).at(-1)).toMatchObject({ before: { customerId }, after: { customerId: encodeId('cust', other) } });
  });

  it('cannot link across tenants', async () => {
    const { customers } = subgraph.running.services;
    const origin = { actor: systemActor(rival), correlationId: 'test' };
    await expect(customers.linkContact(origin, rival, { contactId: newId(), customerId: giulia.id })).rejects.toMatchObject({ code: '23503' });
    expect((await behind.query('select 1 from commerce.customer_contact where tenant_id = $1', [rival])).rowCount).toBe(0);
    expect(decodeId('cust', customerId)).toBe(giulia.id);
  });
});

describe('customers kept by staff', () => {
  const staff = person(tenant, ['order:read', 'order:update']);
  type Payload = { customer: Record<string, unknown> | null; userErrors: { __typename: string; field: string[] }[] };
  const send = async (field: 'customerCreate' | 'customerUpdate', input: Record<string, unknown>, by = staff): Promise<Payload> => {
    const { data, errors } = await subgraph.ask(`mutation ($input: C${field.slice(1)}Input!) { ${field}(input: $input) {
      customer { id name email phone tags addresses { label lines city country } contacts { id } lifetimeValue { orders total { minor currency } } } userErrors { __typename field } } }`, { input }, by);
    if (errors) throw new Error(JSON.stringify(errors));
    return data?.[field] as Payload;
  };
  const link = async (contact: string, customer: string | null, by = staff) => (await subgraph.ask(
    'mutation ($input: CustomerContactLinkInput!) { customerContactLink(input: $input) { contact { customer { id } } userErrors { __typename field } } }', { input: { contactId: contact, customerId: customer } }, by)).data?.['customerContactLink'];

  it('are added, changed field by field, found by what is known of them, and linked with contacts', async () => {
    const { customer } = await send('customerCreate', { name: ' Ada ', email: 'Ada@Example.com', tags: ['VIP', 'vip', 'Regular'], addresses: [{ label: 'Home', lines: 'Via Roma 1', city: 'Roma', country: 'IT' }] });
    expect(customer).toEqual({ id: expect.any(String), name: 'Ada', email: 'ada@example.com', phone: null, tags: ['regular', 'vip'], addresses: [{ label: 'Home', lines: 'Via Roma 1', city: 'Roma', country: 'IT' }], contacts: [], lifetimeValue: [] });
    const id = String(customer?.['id']);
    expect((await send('customerUpdate', { customerId: id, phone: '+393331234567', email: null, tags: ['vip'], addresses: [] })).customer).toMatchObject({ name: 'Ada', email: null, phone: '+393331234567', tags: ['vip'], addresses: [] });
    const found = async (filter: Record<string, unknown>, by = staff) => (await subgraph.ask('query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }', { filter }, by)).data;
    for (const filter of [{ tag: 'VIP' }, { phone: '+393331234567' }]) expect([await found(filter), await found(filter, person(rival, ['order:read']))]).toEqual([{ customers: { nodes: [{ id }] } }, { customers: { nodes: [] } }]);
    expect(await found({ tag: 'regular' })).toEqual({ customers: { nodes: [] } });
    const [contact, other] = [encodeId('cont', newId()), encodeId('cont', newId())];
    for (const one of [contact, other, contact]) expect(await link(one, id)).toEqual({ contact: { customer: { id } }, userErrors: [] });
    expect((await send('customerUpdate', { customerId: id })).customer?.['contacts']).toEqual([contact, other].toSorted().map((one) => ({ id: one })));
    expect(await link(contact, null)).toEqual({ contact: { customer: null }, userErrors: [] });
    expect(await link(contact, id, person(rival, ['order:read', 'order:update']))).toEqual({ contact: null, userErrors: [{ __typename: 'CustomerNotFound', field: ['input', 'customerId'] }] });
    expect((await send('customerUpdate', { customerId: id, name: 'Theirs' }, person(rival, ['order:read', 'order:update']))).userErrors).toEqual([{ __typename: 'CustomerNotFound', field: ['input', 'customerId'] }]);
  });

  it('who have bought before it was counted are worth what they were', async () => {
    const { data } = await subgraph.ask('query ($id: ID!) { customer(id: $id) { lifetimeValue { orders total { minor currency } } } }', { id: customerId }, staff);
    expect(data).toEqual({ customer: { lifetimeValue: [{ orders: 1, total: { minor: '2450', currency: 'EUR' } }] } });
  });

  it.each([
    ['name', { name: '' }], ['email', { name: 'A', email: 'nobody' }], ['phone', { name: 'A', phone: '0333' }], ['tags', { name: 'A', tags: ['x'.repeat(51)] }],
    ['tags', { name: 'A', tags: Array.from({ length: 21 }, (_none, tag) => `t${tag}`) }], ['addresses.country', { name: 'A', addresses: [{ label: 'Home', lines: 'Here', country: 'Italy' }] }],
    ['addresses.lines', { name: 'A', addresses: [{ label: 'Home', lines: ' ' }] }],
  ])('are refused by %s', async (field, input) => {
    expect(await send('customerCreate', input)).toEqual({ customer: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', ...field.split('.')] }] });
  });
});
