// What commerce hands a tenant that asks for all it has: everything but the secrets of its payment accounts.
import type { SubgraphDefinition } from '../kernel/graphql/subgraph.js';
import { defineExportedEvent } from '../kernel/messaging/tenant-export.js';
import { exportTenantJob } from './jobs.js';

export const tenantExport: NonNullable<SubgraphDefinition['tenantExport']> = {
  job: exportTenantJob, event: defineExportedEvent('commerce'), withheld: { 'payment_account.secrets': 'speak for the tenant at the provider, who issued them' },
  shown: {
    'request.idempotency_key': 'was chosen by the client', 'request.request_hash': 'of what was asked for, which is there too',
    'voucher.code': 'is given to customers', 'sales_order.voucher_code': 'was used by a customer',
    'reservation.idempotency_key': 'was chosen by the client', 'reservation.request_hash': 'of what was asked for, which is there too',
    'waitlist_entry.idempotency_key': 'was chosen by the client', 'waitlist_entry.request_hash': 'of what was asked for, which is there too',
    'payment_account.key': 'is in the address of its webhooks, which the provider has', 'payment_account.publishable_key': 'is public', 'payment_account.secret_overlap_until': 'a time, no secret',
    'order_import.request_hash': 'of what was brought in, which is there too',
    'payment.failure_code': 'why a provider refused', 'payment_refund.failure_code': 'why a provider refused',
  },
};
