// What commerce hands a tenant that asks for all it has: everything.
import type { SubgraphDefinition } from '../kernel/graphql/subgraph.js';
import { defineExportedEvent } from '../kernel/messaging/tenant-export.js';
import { exportTenantJob } from './jobs.js';

export const tenantExport: NonNullable<SubgraphDefinition['tenantExport']> = {
  job: exportTenantJob, event: defineExportedEvent('commerce'), withheld: {},
  shown: {
    'request.idempotency_key': 'was chosen by the client', 'request.request_hash': 'of what was asked for, which is there too',
    'voucher.code': 'is given to customers', 'sales_order.voucher_code': 'was used by a customer',
    'reservation.idempotency_key': 'was chosen by the client', 'reservation.request_hash': 'of what was asked for, which is there too',
    'waitlist_entry.idempotency_key': 'was chosen by the client', 'waitlist_entry.request_hash': 'of what was asked for, which is there too',
  },
};
