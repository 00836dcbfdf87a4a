// Merging customers, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { customerMerge } from '../migrations/20261202-16-customer-merge.js';
import { WORK_ON_ORDERS } from '../permissions.js';
import { CustomerMerged, CustomerMergeResolver } from './customer.merge.resolver.js';

export const customerMergeSlice: Slice = {
  resolvers: [CustomerMergeResolver],
  orphanedTypes: [CustomerMerged],
  migrations: [customerMerge],
  rules: {
    Mutation: { customerMerge: can(WORK_ON_ORDERS) },
    Customer: { mergedInto: inherited },
    CustomerMergePayload: each(inherited, 'customer', 'userErrors'),
    CustomerMerged: each(inherited, 'message', 'code', 'field', 'intoCustomerId'),
  },
  mutations: { customerMerge: { action: 'customer.merge', type: 'DATA_WRITE', resource: 'Customer' } },
  classes: { Customer: { merged: 'plain' } },
};
