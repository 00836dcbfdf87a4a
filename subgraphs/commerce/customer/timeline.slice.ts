// The timeline of a customer, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { timeline } from '../migrations/20261202-14-timeline.js';
import { CustomerTimelineResolver, TimelineEntryResolver } from './timeline.resolver.js';

export const timelineSlice: Slice = {
  resolvers: [CustomerTimelineResolver, TimelineEntryResolver],
  migrations: [timeline],
  rules: {
    Customer: { timeline: inherited },
    TimelineEntry: {
      ...each(inherited, 'kind', 'at', 'orderStatus', 'orderChanged', 'paymentEvent', 'reservationStatus', 'amount', 'order'), payment: can('payment:read'), reservation: can('booking:read'),
    },
    TimelineEntryConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    TimelineEntryEdge: each(inherited, 'node', 'cursor'),
  },
};
