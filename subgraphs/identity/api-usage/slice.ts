// Counts of API calls: no type of the graph; events of the trail, and what tenants used.
import type { Slice } from '../../kernel/graphql/slice.js';
import { apiCalls } from '../migrations/20261129-81-api-calls.js';

export const apiUsageSlice: Slice = {
  migrations: [apiCalls],
  classes: { Tenant: { from: 'plain', until: 'plain', total: 'plain', counts: 'plain', operation: 'plain', code: 'plain', count: 'plain' } },
};
