// What tenancy announces when an owner wants everything the tenant has.
import { defineEvent } from '../../kernel/messaging/events.js';
import { exportOrder } from '../../kernel/messaging/tenant-export.js';

export const TenantExportOrdered = defineEvent({
  name: 'TenantExportOrdered', version: 1,
  description: 'An owner wants everything the tenant has: every subgraph that is named writes its part to storage and answers. Said again until all have.',
  payload: exportOrder, feed: false,
  example: { tenantId: '01930000-0000-7000-8000-000000000005', exportId: '01930000-0000-7000-8000-000000000006', attempt: 1, subgraphs: ['identity'] },
});
