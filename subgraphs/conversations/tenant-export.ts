// What conversations hands a tenant that asks for all it has: everything but the credentials of its channels.
import type { SubgraphDefinition } from '../kernel/graphql/subgraph.js';
import { defineExportedEvent } from '../kernel/messaging/tenant-export.js';
import { exportTenantJob } from './jobs.js';

const words = Object.fromEntries(['message', 'contact', 'contact_identity'].map((table) => [`${table}.words`, 'are made from what stands beside them']));

export const tenantExport: NonNullable<SubgraphDefinition['tenantExport']> = {
  job: exportTenantJob, event: defineExportedEvent('conversations'),
  withheld: {
    'inbox.credentials': 'speak for the tenant at the provider, who issued them',
    'custom_integration.secrets': 'speak for the platform to a program of the tenant, which has them',
    'inbox_connection.granted': 'speaks for a person at the provider, for an hour', 'inbox_connection.return_hash': 'of what shows who agreed, for an hour',
    ...words,
  },
  shown: {
    'attachment.storage_key': 'names a file that only the installation can read',
    'stored_file.key': 'names a file that only the installation can read',
    'attention_request.dedupe_key': 'names what asks for a person',
    'inbox.key': 'is in the address of the inbox, which its provider has',
    'inbox.request_key': 'was chosen by the client', 'inbox.request_hash': 'of what was asked for, which is there too',
    'inbox.token_expires_at': 'when a token ends, not the token', 'inbox.token_warned_at': 'when somebody was told, not the token', 'inbox.token_tried_at': 'when it was exchanged, not the token',
    'inbox.last_test_code': 'what the provider said, no secret', 'inbox.secret_overlap_until': 'a time, no secret',
    'custom_integration.secret_overlap_until': 'a time, no secret', 'custom_integration.last_test_code': 'what the program answered, no secret',
    'pace.key': 'names a person to whom an inbox lately wrote',
    'note.idempotency_key': 'was chosen by the client', 'note.request_hash': 'of what was written, which is there too',
    'send_request.idempotency_key': 'was chosen by the client', 'send_request.request_hash': 'of what was sent, which is there too',
    'bot_request.idempotency_key': 'was chosen by the client', 'bot_request.request_hash': 'of what was sent, which is there too',
    'webhook_delivery.key': 'tells one delivery from another', 'webhook_delivery.body': 'what the provider delivered, as it came',
    'webhook_replay.body': 'what was read in its place, as somebody corrected it',
  },
};
