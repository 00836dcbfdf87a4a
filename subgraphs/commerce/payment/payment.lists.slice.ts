// Lists of payments, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { DisputePaymentResolver, PaymentListsResolver, RefundPaymentResolver } from './payment.lists.resolver.js';

const READ = 'payment:read';
const connection = each(inherited, 'nodes', 'edges', 'pageInfo');
const edge = each(inherited, 'node', 'cursor');

export const paymentListsSlice: Slice = {
  resolvers: [PaymentListsResolver, RefundPaymentResolver, DisputePaymentResolver],
  rules: {
    Query: { payments: can(READ) },
    Order: each(can(READ), 'refunds', 'disputes'),
    PaymentRefund: { payment: inherited }, PaymentDispute: { payment: inherited },
    PaymentConnection: connection, PaymentRefundConnection: connection, PaymentDisputeConnection: connection,
    PaymentEdge: edge, PaymentRefundEdge: edge, PaymentDisputeEdge: edge,
  },
};
