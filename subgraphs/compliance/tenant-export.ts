// What compliance hands a tenant that asks for all it has: its audit log with the tree that proves it, and what was noticed in it.
import type { Slice } from '../kernel/graphql/slice.js';
import { defineExportedEvent, exportTenantReaction } from '../kernel/messaging/tenant-export.js';
import { exportTenantJob } from './jobs.js';

const ComplianceExported = defineExportedEvent('compliance');
const PROOF = 'part of what proves the log';

export const tenantExportSlice: Slice = {
  tenantExport: {
    job: exportTenantJob, event: ComplianceExported,
    withheld: { 'audit_export.url_secret': 'signs links to a file' },
    shown: {
      'stored_file.key': 'names a file that only the installation can read',
      'audit_event.previous': PROOF, 'audit_event.details_hash': PROOF, 'audit_event.salt': PROOF, 'audit_event.sealed_at': PROOF, 'log_stream.sealed_at': PROOF,
      'log_stream.head': PROOF, 'log_tile.hashes': PROOF, 'log_checkpoint.root': PROOF, 'audit_verification.head': PROOF, 'audit_verification.edge': PROOF,
      'audit_export.sealed': 'counts entries', 'audit_export.file_key': 'names a file that only the installation can read',
      'data_export.position': 'where the next page begins', 'data_export.file_key': 'names a file that only the installation can read',
      'data_export.idempotency_key': 'was chosen by the client', 'data_export.request_hash': 'of what was asked for, which is there too',
      'data_export_part.file_key': 'names a file that only the installation can read',
      'audit_export.idempotency_key': 'was chosen by the client', 'audit_export.request_hash': 'of what was asked for, which is there too',
    },
  },
  events: [ComplianceExported],
  jobs: [exportTenantJob],
  reactions: [exportTenantReaction(exportTenantJob)],
};
