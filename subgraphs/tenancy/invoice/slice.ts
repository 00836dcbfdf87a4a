// Invoices, as data.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { invoice } from '../migrations/20261129-81-invoice.js';
import { Invoice, InvoiceLine } from './invoice.entity.js';
import { InvoiceResolver } from './invoice.resolver.js';

export const invoiceSlice: Slice = {
  resolvers: [InvoiceResolver],
  entities: [Invoice, InvoiceLine],
  migrations: [invoice],
  ids: { Invoice: 'invc' },
  permissions: { 'billing:read': 'See what the tenant uses and is charged.' },
  rules: {
    Query: { invoices: can('billing:read') },
    Invoice: each(inherited, 'id', 'number', 'kind', 'startsAt', 'endsAt', 'currency', 'totalMinor', 'issuedAt', 'lines'),
    InvoiceLine: each(inherited, 'kind', 'plan', 'quantity', 'amountMinor', 'startsAt', 'endsAt'),
    InvoiceConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    InvoiceEdge: each(inherited, 'node', 'cursor'),
  },
  classes: { Invoice: { number: 'plain', kind: 'plain', currency: 'plain', totalMinor: 'plain' } },
};
