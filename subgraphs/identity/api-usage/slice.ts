// Counts of API calls: no type of the graph, no table; events of the trail.
import type { Slice } from '../../kernel/graphql/slice.js';

export const apiUsageSlice: Slice = {
  classes: { Tenant: { from: 'plain', until: 'plain', total: 'plain', counts: 'plain', operation: 'plain', code: 'plain', count: 'plain' } },
};
