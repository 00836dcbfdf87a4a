// What conversations hands a tenant that asks for all it has: everything but the credentials of its channels.
import type { SubgraphDefinition } from '../kernel/graphql/subgraph.js';
import { defineExportedEvent } from '../kernel/messaging/tenant-export.js';
import { exportTenantJob } from './jobs.js';

const words = Object.fromEntries(['message', 'contact', 'contact_identity'].map((table) => [`${table}.words`, 'are made from what stands beside them']));

export const tenantExport: NonNullable<SubgraphDefinition['tenantExport']> = {
  job: exportTenantJob, event: defineExportedEvent('conversations'),
  withheld: { 'inbox.credentials': 'speak for the tenant at the provider, who issued them', ...words },
  shown: {
    'attention_request.dedupe_key': 'names what asks for a person',
    'inbox.key': 'is in the address of the inbox, which its provider has',
    'note.idempotency_key': 'was chosen by the client', 'note.request_hash': 'of what was written, which is there too',
    'send_request.idempotency_key': 'was chosen by the client', 'send_request.request_hash': 'of what was sent, which is there too',
    'webhook_delivery.key': 'tells one delivery from another', 'webhook_delivery.body': 'what the provider delivered, as it came',
  },
};
