// Customers as staff keep them, as what that adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { customers } from '../migrations/20261129-98-customers.js';
import { readOrders, WORK_ON_ORDERS } from '../permissions.js';
import { CustomerNotFound } from './customer.type.js';
import { CustomerWorkResolver } from './customer.work.resolver.js';

export const customerSlice: Slice = {
  resolvers: [CustomerWorkResolver],
  orphanedTypes: [CustomerNotFound],
  migrations: [customers],
  rules: {
    Query: { customers: readOrders },
    Mutation: each(can(WORK_ON_ORDERS), 'customerCreate', 'customerUpdate', 'customerContactLink'),
    Customer: each(inherited, 'email', 'phone', 'addresses', 'createdAt', 'contacts', 'tags', 'lifetimeValue'),
    CustomerAddress: each(inherited, 'label', 'lines', 'postalCode', 'city', 'country'),
    CustomerValue: each(inherited, 'orders', 'total'),
    CustomerConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    CustomerEdge: each(inherited, 'node', 'cursor'),
    CustomerCreatePayload: each(inherited, 'customer', 'userErrors'),
    CustomerUpdatePayload: each(inherited, 'customer', 'userErrors'),
    CustomerContactLinkPayload: each(inherited, 'contact', 'userErrors'),
    CustomerNotFound: each(inherited, 'message', 'code', 'field'),
  },
  mutations: {
    customerCreate: { action: 'customer.create', type: 'DATA_WRITE', resource: 'Customer' },
    customerUpdate: { action: 'customer.update', type: 'DATA_WRITE', resource: 'Customer' },
    customerContactLink: { action: 'customer.contact.link', type: 'DATA_WRITE', resource: 'Contact' },
  },
  classes: { Customer: { fields: 'plain' } },
};
